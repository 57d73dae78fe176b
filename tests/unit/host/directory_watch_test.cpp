// SPDX-License-Identifier: Apache-2.0
#include "host/directory_watch.hpp"

#include <fcntl.h>
#include <sys/mman.h>

#include <catch2/catch.hpp>
#include <condition_variable>
#include <cstring>
#include <set>

#include "guard/file_descriptor.hpp"
#include "plugin_host.hpp"

using dcc::host::DirectoryWatch;
using host_test::TemporaryDirectory;
using host_test::write_file;
namespace fs = host_test::fs;

namespace {

using std::chrono::milliseconds;

// So long that only inotify can be what has told.
constexpr milliseconds kNever = std::chrono::hours(1);

// A watch whose reports can be waited for.
class Watched {
 public:
  // `file`: what is read at each report, as a reload would.
  explicit Watched(std::vector<fs::path> directories, milliseconds look = kNever,
                   fs::path file = {})
      : file_(std::move(file)) {
    DirectoryWatch::Options options;
    options.directories = std::move(directories);
    options.changed = [this](const std::set<std::string>& unfinished) {
      add([&] {
        ++changes_;
        unfinished_ = unfinished;
        seen_ = host_test::contents(file_);
      });
    };
    options.problems = [this](const std::vector<std::string>& lines) {
      add([&] { problems_ = lines; });
    };
    options.times.settle = milliseconds(5);
    options.look = look;
    watch_.emplace(std::move(options));
  }

  // Waits until there have been `count` changes since the start. (Two that come close together may
  // be one: a test waits for each.)
  bool changes(int count) {
    return reaches([&] { return changes_ >= count; });
  }
  bool sees(const std::string& content) {
    return reaches([&] { return seen_ == content; });
  }
  bool problems(const std::vector<std::string>& lines) {
    return reaches([&] { return problems_ == lines; });
  }
  int changes_so_far() {
    const std::lock_guard lock(mutex_);
    return changes_;
  }
  // What the last report says is still being written.
  bool unfinished(const std::set<std::string>& stems) {
    return reaches([&] { return unfinished_ == stems; });
  }

 private:
  void add(const std::function<void()>& note) {
    const std::lock_guard lock(mutex_);
    note();
    added_.notify_all();
  }
  bool reaches(const std::function<bool()>& state) {
    std::unique_lock lock(mutex_);
    return added_.wait_for(lock, std::chrono::seconds(60), state);
  }

  const fs::path file_;
  std::mutex mutex_;
  std::condition_variable added_;
  int changes_ = 0;
  std::string seen_;
  std::set<std::string> unfinished_;
  std::vector<std::string> problems_;
  std::optional<DirectoryWatch> watch_;
};

void write_in_place(const fs::path& file, const std::string& text) {
  std::ofstream(file) << text;
}

// As `ln -sfn` and tools for releases do it: in one step.
void point(const fs::path& link, const fs::path& target) {
  fs::create_symlink(target, link.string() + ".fresh");
  fs::rename(link.string() + ".fresh", link);
}

// A directory with p.ini in it.
void make_release(const fs::path& directory, const std::string& text) {
  fs::create_directories(directory);
  write_file(directory / "p.ini", text);
}

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

TEST_CASE("a file with another name is none of its business") {
  const TemporaryDirectory directory;
  Watched watched({directory.path()});
  std::ofstream(directory.path() / "p.so.new") << "one";
  std::ofstream(directory.path() / "notes.txt") << "one";
  std::ofstream(directory.path() / "._p.so") << "one";
  fs::rename(directory.path() / "notes.txt", directory.path() / "current");
  std::ofstream(directory.path() / "p.so") << "one";
  CHECK(watched.changes(1));
  CHECK(watched.changes_so_far() == 1);
}

TEST_CASE("a plugin with a file that is being written is waited for and no other is") {
  const TemporaryDirectory directory;
  const fs::path other = directory.path() / "q.ini";
  Watched watched({directory.path()}, kNever, other);
  {
    std::ofstream file(directory.path() / "p.so");
    file << "half" << std::flush;
    write_file(directory.path() / "p.ini", "of the same plugin");
    for (const char* text : {"one", "two", "three"}) {
      write_file(other, text);
      CHECK(watched.sees(text));
      CHECK(watched.unfinished({"p"}));
    }
    file << "the other half";
  }
  write_file(other, "four");
  CHECK(watched.sees("four"));
  CHECK(watched.unfinished({}));
}

TEST_CASE("a change anywhere on the way to a file is seen") {
  const TemporaryDirectory root;
  const fs::path at = root.path();
  fs::path directory = at / "plugins.d";
  std::vector<std::function<void(const std::string&)>> changes;
  SECTION("the directory is a link that is pointed elsewhere") {
    make_release(at / "1", "");
    point(directory, "1");
    changes = {[&](auto text) { make_release(at / "2", text), point(directory, "2"); },
               [&](auto text) { write_in_place(at / "2" / "p.ini", text); },
               [&](auto text) { make_release(at / "3", text), point(directory, at / "3"); },
               [&](auto text) { write_file(at / "3" / "p.ini", text); }};
  }
  SECTION("a directory above is a link that is pointed elsewhere") {
    make_release(at / "1" / "conf" / "plugins.d", "");
    point(at / "current", "1/conf");
    directory = at / "current" / "plugins.d";
    changes = {[&](auto text) {
                 make_release(at / "2" / "conf" / "plugins.d", text);
                 point(at / "current", "2/conf");
               },
               [&](auto text) { write_in_place(at / "2" / "conf" / "plugins.d" / "p.ini", text); },
               [&](auto text) {
                 make_release(at / "2" / "fresh" / "plugins.d", text);
                 fs::rename(at / "2" / "conf", at / "2" / "old");
                 fs::rename(at / "2" / "fresh", at / "2" / "conf");
               }};
  }
  SECTION("a link to a link to a directory") {
    make_release(at / "1", "");
    point(at / "stage", "1");
    point(directory, "./../" / at.filename() / "stage");
    changes = {[&](auto text) { make_release(at / "2", text), point(at / "stage", "2"); },
               [&](auto text) { write_in_place(at / "2" / "p.ini", text); }};
  }
  SECTION("a directory above is replaced") {
    directory = at / "a" / "b" / "plugins.d";
    make_release(directory, "");
    const auto replace = [&](const fs::path& which, const fs::path& rest) {
      return [&at, which, rest](const std::string& text) {
        make_release(at / "fresh" / rest, text);
        fs::rename(at / which, at / ("old" + which.filename().string() + text));
        fs::rename(at / "fresh", at / which);
      };
    };
    changes = {replace("a", "b/plugins.d"), replace("a/b", "plugins.d"),
               replace("a", "b/plugins.d"), replace("a/b/plugins.d", ""),
               [&](auto text) { write_in_place(directory / "p.ini", text); }};
  }
  SECTION("a directory above goes and comes later") {
    directory = at / "a" / "plugins.d";
    make_release(directory, "");
    changes = {[&](auto text) { fs::remove_all(at / "a"), make_release(directory, text); },
               [&](auto text) { write_in_place(directory / "p.ini", text); }};
  }
  SECTION("a file is a link to one that is edited, replaced, removed and completed") {
    make_release(at / "etc", "");
    fs::create_directory(directory);
    point(directory / "p.ini", "../etc/p.ini");
    changes = {
        [&](auto text) { write_in_place(at / "etc" / "p.ini", text); },
        [&](auto text) { write_file(at / "etc" / "p.ini", text); },
        [&](auto text) { fs::remove(at / "etc" / "p.ini"), make_release(at / "etc", text); },
        [&](auto text) { make_release(at / "2", text), point(directory / "p.ini", "../2/p.ini"); },
        [&](auto text) { write_in_place(at / "2" / "p.ini", text); },
        [&](auto text) {
          point(directory / "p.ini", "../later/p.ini");
          make_release(at / "later", text);
        }};
  }
  SECTION("a file is a link through a directory that is switched") {
    make_release(directory / "..1", "");
    point(directory / "..data", "..1");
    point(directory / "p.ini", "..data/p.ini");
    changes = {[&](auto text) {
                 make_release(directory / "..2", text), point(directory / "..data", "..2");
               },
               [&](auto text) { write_in_place(directory / "..2" / "p.ini", text); },
               [&](auto text) {
                 make_release(directory / "..3", text), point(directory / "..data", "..3");
               }};
  }
  SECTION("a file becomes a link and a file again") {
    make_release(directory, "");
    make_release(at / "etc", "");
    changes = {[&](auto text) {
                 write_file(at / "etc" / "p.ini", text), point(directory / "p.ini", "../etc/p.ini");
               },
               [&](auto text) { write_in_place(at / "etc" / "p.ini", text); },
               [&](auto text) { write_file(directory / "p.ini", text); }};
  }
  Watched watched({directory}, kNever, directory / "p.ini");
  int number = 0;
  for (const auto& change : changes) {
    const std::string text = std::to_string(++number);
    INFO("change " << text);
    change(text);
    CHECK(watched.sees(text));
  }
}

TEST_CASE("a change that inotify does not tell is found by a look") {
  const TemporaryDirectory root;
  const fs::path file = root.path() / "p.ini";
  write_file(file, "before");
  Watched watched({root.path()}, milliseconds(5), file);
  const dcc::guard::FileDescriptor fd(::open(file.c_str(), O_RDWR | O_CLOEXEC));
  void* const memory = ::mmap(nullptr, 6, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  REQUIRE(memory != MAP_FAILED);
  std::memcpy(memory, "after!", 6);
  REQUIRE(::msync(memory, 6, MS_SYNC) == 0);
  CHECK(watched.sees("after!"));
  ::munmap(memory, 6);
}

TEST_CASE("links that lead in a circle are named") {
  const TemporaryDirectory root;
  fs::create_symlink("b", root.path() / "a");
  fs::create_symlink("a", root.path() / "b");
  Watched watched({root.path() / "a"});
  CHECK(watched.problems(
      {(root.path() / "a").string() +
       " cannot be watched: Too many levels of symbolic links; it is tried again"}));
  fs::remove(root.path() / "b");
  make_release(root.path() / "b", "x");
  CHECK(watched.problems({}));
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
  const std::vector<std::string> missing{
      directory.string() + " cannot be watched: No such file or directory; it is tried again"};
  CHECK(watched.problems(missing));
  host_test::make_directory(directory);
  CHECK(watched.changes(1));
  CHECK(watched.problems({}));
  write_file(directory / "p.so", "x");
  CHECK(watched.changes(2));

  fs::rename(directory, root.path() / "old");
  CHECK(watched.problems(missing));
  CHECK(watched.changes(3));
  fs::rename(root.path() / "old", directory);
  CHECK(watched.changes(4));
  fs::remove(directory / "p.so");
  CHECK(watched.changes(5));
}
