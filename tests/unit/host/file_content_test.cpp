// SPDX-License-Identifier: Apache-2.0
#include "host/file_content.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <sstream>

#include "host/error_text.hpp"
#include "host/private_copy.hpp"
#include "plugin_host.hpp"

using dcc::host::check_cache;
using dcc::host::check_directory;
using dcc::host::FileContent;
using dcc::host::private_copy;
using dcc::host::read_file;
using dcc::host::sha256_hex;
using host_test::contents;
using host_test::TemporaryDirectory;
using host_test::write_file;
namespace fs = host_test::fs;

namespace {

constexpr auto kGroupWrite = fs::perms::group_write;

}  // namespace

TEST_CASE("the hash is SHA-256 in hexadecimal") {
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("a file is read together with its hash") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "a";
  const std::string text = "some\0octets" + std::string(200'000, 'x');
  write_file(path, text);
  const FileContent file = read_file(path, text.size());
  CHECK(file.bytes == text);
  CHECK(file.hash == sha256_hex(text));
}

TEST_CASE("files that are no files, too large or open to others are refused by name") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "a";
  CHECK_THROWS_WITH(read_file(path, 10), path.string() + ": No such file or directory");
  CHECK_THROWS_WITH(read_file(directory.path(), 10),
                    directory.path().string() + ": is not a regular file");
  REQUIRE(::mkfifo((directory.path() / "fifo").c_str(), 0600) == 0);
  CHECK_THROWS_WITH(read_file(directory.path() / "fifo", 10),
                    Catch::EndsWith("fifo: is not a regular file"));
  write_file(path, "0123456789a");
  CHECK_THROWS_WITH(read_file(path, 10), path.string() + ": is larger than 10 octets");
  fs::permissions(path, kGroupWrite, fs::perm_options::add);
  CHECK_THROWS_WITH(read_file(path, 11),
                    path.string() +
                        ": may be written by its group or by others, expected by its "
                        "owner only");
  CHECK(read_file(path, 11, dcc::host::Writers::anybody).bytes.size() == 11);
}

TEST_CASE("what lies behind a directory or link that others may change is refused by name") {
  const TemporaryDirectory directory;
  const auto open = directory.path() / "open", inner = open / "inner", path = inner / "a";
  fs::create_directories(inner);
  write_file(path, "a");
  const FileContent file = read_file(path, 1);
  const auto cache = open / "cache";
  private_copy(file, cache);
  fs::permissions(open, kGroupWrite, fs::perm_options::add);
  const auto why = Catch::Contains(open.string() +
                                   ", on the way there, may be written by its group or by others");
  CHECK_THROWS_WITH(read_file(path, 1), Catch::StartsWith(path.string() + ": ") && why);
  CHECK_THROWS_WITH(check_directory(inner), Catch::StartsWith(inner.string() + ": ") && why);
  CHECK_THROWS_WITH(private_copy(file, cache), why);
  CHECK(read_file(path, 1, dcc::host::Writers::anybody).bytes == "a");
  const auto link = directory.path() / "link";
  fs::create_directory_symlink(inner, link);
  CHECK_THROWS_WITH(read_file(link / "a", 1), why);
  CHECK_THROWS_WITH(check_directory(link), why);
}

TEST_CASE("directories that are none, or open to others, are refused by name") {
  const TemporaryDirectory directory;
  check_directory(directory.path());
  write_file(directory.path() / "a", "");
  CHECK_THROWS_WITH(check_directory(directory.path() / "a"),
                    Catch::EndsWith("/a: is not a directory"));
  CHECK_THROWS_WITH(check_directory(directory.path() / "b"),
                    Catch::EndsWith("/b: No such file or directory"));
  fs::permissions(directory.path(), kGroupWrite, fs::perm_options::add);
  CHECK_THROWS_WITH(check_directory(directory.path()), Catch::Contains("may be written by"));
}

TEST_CASE("a private copy carries stem and hash and is written once") {
  const TemporaryDirectory directory;
  const auto cache = directory.path() / "state" / "cache";
  const FileContent file{"/somewhere/my.plugin.so", "content", sha256_hex("content")};
  const auto copy = private_copy(file, cache);
  CHECK(copy == cache / ("my.plugin." + file.hash + ".so"));
  CHECK(contents(copy) == "content");
  CHECK(fs::status(cache).permissions() == fs::perms::owner_all);

  const auto written = fs::last_write_time(copy);
  struct stat before {
  }, after{};
  REQUIRE(::stat(copy.c_str(), &before) == 0);
  CHECK(private_copy(file, cache) == copy);
  REQUIRE(::stat(copy.c_str(), &after) == 0);
  CHECK(before.st_ino == after.st_ino);
  CHECK(fs::last_write_time(copy) == written);
  CHECK(std::distance(fs::directory_iterator(cache), {}) == 1);
}

TEST_CASE("a copy that was tampered with is not trusted but written anew") {
  const TemporaryDirectory directory;
  const auto cache = directory.path() / "cache";
  const FileContent file{"p.so", "content", sha256_hex("content")};
  const auto copy = private_copy(file, cache);
  SECTION("other content of the same size") {
    write_file(copy, "CONTENT");
  }
  SECTION("longer") {
    write_file(copy, "content and more");
  }
  SECTION("cut") {
    write_file(copy, "cont");
  }
  SECTION("a link to elsewhere") {
    write_file(directory.path() / "elsewhere", "content");
    fs::remove(copy);
    fs::create_symlink(directory.path() / "elsewhere", copy);
  }
  SECTION("writable by others") {
    fs::permissions(copy, kGroupWrite, fs::perm_options::add);
  }
  private_copy(file, cache);
  CHECK(contents(copy) == "content");
  CHECK_FALSE(fs::is_symlink(copy));
  CHECK((fs::status(copy).permissions() & kGroupWrite) == fs::perms::none);
}

TEST_CASE("a cache that others may enter, or that cannot be made, is refused") {
  const TemporaryDirectory directory;
  const FileContent file{"p.so", "content", sha256_hex("content")};
  const auto cache = directory.path() / "cache";
  fs::create_directory(cache);
  fs::permissions(cache, fs::perms::owner_all | fs::perms::others_read);
  CHECK_THROWS_WITH(private_copy(file, cache),
                    "cache of plugin copies: " + cache.string() +
                        ": is open to others, expected a directory of this process's user, mode "
                        "0700");
  write_file(directory.path() / "file", "");
  CHECK_THROWS_WITH(private_copy(file, directory.path() / "file"),
                    Catch::EndsWith("/file: is not a directory"));
  CHECK_THROWS_WITH(private_copy(file, directory.path() / "file" / "cache"),
                    Catch::EndsWith("/file/cache: Not a directory"));
}

TEST_CASE("a cache that cannot be used is found without changing anything") {
  const TemporaryDirectory directory;
  const auto cache = directory.path() / "state" / "cache";
  check_cache(cache);
  CHECK_FALSE(fs::exists(directory.path() / "state"));
  fs::create_directories(cache);
  fs::permissions(cache, fs::perms::owner_all | fs::perms::others_read);
  CHECK_THROWS_WITH(check_cache(cache), Catch::Contains("is open to others"));
  write_file(directory.path() / "file", "");
  CHECK_THROWS_WITH(check_cache(directory.path() / "file"), Catch::EndsWith("is not a directory"));
  CHECK_THROWS_WITH(check_cache(directory.path() / "file" / "cache"),
                    Catch::EndsWith("Not a directory"));
}

TEST_CASE("of the copies in a cache those in use stay and the last that were asked for") {
  const TemporaryDirectory directory;
  const auto cache = directory.path() / "cache";
  const auto make = [&](int number) {
    const std::string bytes = std::to_string(number);
    return private_copy({"p.so", bytes, sha256_hex(bytes)}, cache);
  };
  const int last = 3 * static_cast<int>(dcc::host::kKeptCopies);
  std::vector<fs::path> copies;
  for (int number = 0; number <= last; ++number) copies.push_back(make(number));
  make(3);  // rolled back to
  write_file(cache / "p.so", "no copy");
  write_file(cache / ("p." + std::string(64, 'x') + ".so"), "nor this");
  dcc::host::prune_copies(cache, {sha256_hex("1")});
  std::size_t kept = 0;
  for (const auto& copy : copies) kept += fs::exists(copy) ? 1 : 0;
  CHECK(kept == dcc::host::kKeptCopies + 1);
  CHECK(fs::exists(copies[1]));
  CHECK(fs::exists(copies[3]));
  CHECK(fs::exists(copies.back()));
  CHECK(fs::exists(cache / "p.so"));
  CHECK(std::distance(fs::directory_iterator(cache), {}) == static_cast<int>(kept) + 2);
  dcc::host::prune_copies(directory.path() / "nowhere", {});
}

TEST_CASE("a copy without a place has the content for other processes too") {
  const std::string bytes(100'000, 'x');
  const dcc::host::UnnamedCopy copy(bytes);
  CHECK(contents(copy.path()) == bytes);
}

TEST_CASE("the text of an error names the limit that is reached") {
  using dcc::host::error_text;
  CHECK(error_text(ENOENT) == "No such file or directory");
  CHECK_THAT(error_text(EMFILE), Catch::Contains("LimitNOFILE"));
  CHECK_THAT(error_text(ENFILE), Catch::Contains("fs.file-max"));
}

TEST_CASE("a mount without execution is told from one with it") {
  std::ifstream mounts("/proc/self/mounts");
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream words(line);
    std::string device, place, type, options;
    words >> device >> place >> type >> options;
    struct stat status {};
    // One that something else is mounted over is not what its path means.
    if (place != "/proc" || ::stat(place.c_str(), &status) != 0) continue;
    CHECK(dcc::host::is_mounted_noexec(place + "/self") ==
          (options.find("noexec") != std::string::npos));
  }
  CHECK_FALSE(dcc::host::is_mounted_noexec("/bin/sh"));
  CHECK_FALSE(dcc::host::is_mounted_noexec("/nowhere"));
}
