// SPDX-License-Identifier: Apache-2.0
#include "host/directory_watch.hpp"

#include <catch2/catch.hpp>
#include <condition_variable>

#include "plugin_host.hpp"

using dcc::host::DirectoryWatch;
using host_test::TemporaryDirectory;
using host_test::write_file;
namespace fs = host_test::fs;

namespace {

// A watch whose reports can be waited for.
class Watched {
 public:
  explicit Watched(std::vector<fs::path> directories) {
    DirectoryWatch::Options options;
    options.directories = std::move(directories);
    options.changed = [this] { add(changes_, ""); };
    options.problem = [this](const std::string& line) { add(problems_, line); };
    options.times.settle = std::chrono::milliseconds(5);
    options.retry = std::chrono::milliseconds(5);
    watch_.emplace(std::move(options));
  }

  // Waits until there have been `count` changes since the start. (Two that come close together may
  // be one: a test waits for each.)
  bool changes(std::size_t count) { return reaches(changes_, count); }
  bool problems(std::size_t count) { return reaches(problems_, count); }
  std::size_t changes_so_far() {
    const std::lock_guard lock(mutex_);
    return changes_.size();
  }
  std::string last_problem() {
    const std::lock_guard lock(mutex_);
    return problems_.back();
  }

 private:
  using Lines = std::vector<std::string>;

  void add(Lines& lines, const std::string& line) {
    const std::lock_guard lock(mutex_);
    lines.push_back(line);
    added_.notify_all();
  }
  bool reaches(const Lines& lines, std::size_t count) {
    std::unique_lock lock(mutex_);
    return added_.wait_for(lock, std::chrono::seconds(60), [&] { return lines.size() >= count; });
  }

  std::mutex mutex_;
  std::condition_variable added_;
  Lines changes_, problems_;
  std::optional<DirectoryWatch> watch_;
};

}  // namespace

TEST_CASE("a file that comes, changes, gets other permissions and goes is reported each time") {
  const TemporaryDirectory directory;
  const fs::path file = directory.path() / "p.so";
  Watched watched({directory.path()});
  std::ofstream(file) << "one";
  CHECK(watched.changes(1));
  std::ofstream(file) << "two";
  CHECK(watched.changes(2));
  fs::permissions(file, fs::perms::owner_all);
  CHECK(watched.changes(3));
  fs::rename(file, directory.path() / "q.ini");
  CHECK(watched.changes(4));
  fs::remove(directory.path() / "q.ini");
  CHECK(watched.changes(5));
  fs::create_symlink("elsewhere", file);
  CHECK(watched.changes(6));
  fs::permissions(directory.path(), fs::perms::owner_all | fs::perms::group_read);
  CHECK(watched.changes(7));
}

TEST_CASE("a file with another name is none of its business, unless it is renamed") {
  const TemporaryDirectory directory;
  Watched watched({directory.path()});
  std::ofstream(directory.path() / "p.so.new") << "one";
  std::ofstream(directory.path() / "notes.txt") << "one";
  std::ofstream(directory.path() / "p.so") << "one";
  CHECK(watched.changes(1));
  fs::rename(directory.path() / "notes.txt", directory.path() / "current");
  CHECK(watched.changes(2));
}

TEST_CASE("a file that is being written is not reported before it is closed") {
  const TemporaryDirectory directory;
  Watched watched({directory.path()});
  {
    std::ofstream file(directory.path() / "p.so");
    file << "half" << std::flush;
    // Another change does not bring it forward.
    write_file(directory.path() / "q.ini", "x");
    CHECK(watched.changes_so_far() == 0);
    file << "the other half";
  }
  CHECK(watched.changes(1));
}

TEST_CASE("several directories are watched, also if they are one") {
  const TemporaryDirectory first, second;
  Watched watched({first.path(), second.path(), first.path()});
  write_file(first.path() / "p.so", "x");
  CHECK(watched.changes(1));
  write_file(second.path() / "p.ini", "x");
  CHECK(watched.changes(2));
}

TEST_CASE(
    "a directory that is not there is named, and watched when it comes, goes and comes again") {
  const TemporaryDirectory root;
  const fs::path directory = root.path() / "plugins";
  Watched watched({directory});
  CHECK(watched.problems(1));
  CHECK(watched.last_problem() ==
        directory.string() + " cannot be watched: No such file or directory; it is tried again");
  host_test::make_directory(directory);
  CHECK(watched.changes(1));
  write_file(directory / "p.so", "x");
  CHECK(watched.changes(2));

  fs::rename(directory, root.path() / "old");
  CHECK(watched.problems(2));
  CHECK(watched.changes(3));
  fs::rename(root.path() / "old", directory);
  CHECK(watched.changes(4));
  fs::remove(directory / "p.so");
  CHECK(watched.changes(5));
}
