// SPDX-License-Identifier: Apache-2.0
//
// A target's main without libFuzzer: runs the files of its command line, and those in its
// directories, through the target once each. So every compiler and sanitizer sees the corpus and
// the inputs that crashed once.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "support/temp_directory.hpp"

namespace fs = std::filesystem;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

std::vector<fs::path> files_of(const fs::path& argument) {
  if (!fs::is_directory(argument)) return {argument};
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(argument))
    if (entry.is_regular_file()) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

void run(const fs::path& file) {
  // Said before, so that the last line names the file that ended the program.
  std::printf("%s\n", file.c_str());
  std::fflush(stdout);
  const std::string octets = support::read_file(file);
  // A copy that ends where the input ends, for the address sanitizer.
  const auto exact = std::make_unique<std::uint8_t[]>(octets.size());
  std::copy(octets.begin(), octets.end(), exact.get());
  LLVMFuzzerTestOneInput(exact.get(), octets.size());
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t count = 0;
  for (int i = 1; i < argc; ++i) {
    for (const fs::path& file : files_of(argv[i])) {
      run(file);
      ++count;
    }
  }
  if (count == 0) {
    std::fprintf(stderr, "usage: %s FILE-OR-DIRECTORY...; there was no file\n", argv[0]);
    return 2;
  }
  std::printf("%zu inputs\n", count);
}
