// SPDX-License-Identifier: Apache-2.0
//
// Whom a path is safe from, from its first directory to the file.
#include "duis/guarded_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "duis/crypto.hpp"
#include "guard/path_to.hpp"
#include "temporary_directory.hpp"

using namespace dcc::duis;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

constexpr uid_t kNobody = 65534;

// DIR/a/b/c/file, and what is said of ways there.
struct Way {
  TemporaryDirectory directory;
  const fs::path a = directory.path() / "a", b = a / "b", c = b / "c", file = c / "file";

  Way() {
    for (const fs::path& made : {a, b, c}) {
      fs::create_directory(made);
      fs::permissions(made, fs::perms{0755});
    }
    directory.write("a/b/c/file", "content");
  }

  // As a file, and as the last directory.
  static std::string refusal(const fs::path& file) {
    std::string of_file, of_directory;
    try {
      const SecretText text = read_guarded_file(file, kOthersMayWrite);
      CHECK(text == "content");
    } catch (const CryptoError& e) {
      of_file = e.what();
      CHECK_THAT(of_file, Catch::StartsWith(file.string() + ": "));
    }
    try {
      const auto listed = list_guarded_directory(file.parent_path());
      CHECK(listed == std::vector{file});
    } catch (const CryptoError& e) {
      of_directory = e.what();
      CHECK_THAT(of_directory, Catch::StartsWith(file.parent_path().string() + ": "));
    }
    CHECK(of_file.empty() == of_directory.empty());
    return of_file;
  }
};

}  // namespace

TEST_CASE_METHOD(Way, "A way that nobody else may change") {
  CHECK(refusal(file).empty());
  for (const unsigned mode : {0755U, 0700U, 0711U, 0555U}) {
    fs::permissions(b, fs::perms{mode});
    CHECK(refusal(file).empty());
  }
  CHECK(refusal(a / "b" / ".." / "b" / "." / "c" / "file").empty());
  CHECK(dcc::guard::changeable_by_others("/").empty());
  CHECK(dcc::guard::changeable_by_others("").empty());
  CHECK(dcc::guard::changeable_by_others(a / "nowhere" / "x").empty());
}

TEST_CASE_METHOD(Way, "Every directory on the way counts, not only the last") {
  for (const fs::path& open : {a, b, c})
    for (const unsigned mode : {0775U, 0757U, 0777U, 0720U, 0702U}) {
      INFO(open << " " << mode);
      fs::permissions(open, fs::perms{mode});
      CHECK_THAT(refusal(file), Contains(open.string() + ", on the way there, may be written"));
      fs::permissions(open, fs::perms{0755});
    }
}

TEST_CASE_METHOD(Way, "A relative path is as safe as where it begins") {
  const fs::path before = fs::current_path();
  fs::current_path(b);
  CHECK(refusal("c/file").empty());
  CHECK(refusal("./c/../c/file").empty());
  fs::permissions(a, fs::perms{0777});
  CHECK_THAT(refusal("c/file"), Contains(a.string() + ", on the way there"));
  fs::current_path(before);
}

TEST_CASE_METHOD(Way, "The way of a symbolic link and the way of its target count") {
  const fs::path links = directory.path() / "links";
  fs::create_directory(links);
  fs::permissions(links, fs::perms{0755});
  fs::create_directory_symlink(c, links / "absolute");
  fs::create_directory_symlink("../a/b/c", links / "relative");
  fs::create_directory_symlink("relative", links / "twice");
  fs::create_directory_symlink("../a/./b/../b", links / "parent");
  for (const char* way : {"absolute/file", "relative/file", "twice/file", "parent/c/file"}) {
    INFO(way);
    CHECK(refusal(links / way).empty());
    fs::permissions(b, fs::perms{0775});
    CHECK_THAT(refusal(links / way), Contains(b.string() + ", on the way there"));
    fs::permissions(b, fs::perms{0755});
    fs::permissions(links, fs::perms{0757});
    CHECK_THAT(refusal(links / way), Contains(links.string() + ", on the way there"));
    fs::permissions(links, fs::perms{0755});
  }
  // The link is the file.
  fs::create_directory(links / "own");
  fs::permissions(links / "own", fs::perms{0755});
  fs::create_symlink("../../a/b/c/file", links / "own" / "file");
  CHECK(refusal(links / "own" / "file").empty());
  fs::permissions(a, fs::perms{0777});
  CHECK_THROWS_WITH(read_guarded_file(links / "own" / "file", kOthersMayWrite),
                    Contains(a.string() + ", on the way there"));
  // One that leads to itself is left to who opens it.
  fs::create_symlink("loop", links / "loop");
  CHECK_THROWS_WITH(read_guarded_file(links / "loop" / "file", kOthersMayWrite),
                    Contains("cannot be opened"));
}

TEST_CASE_METHOD(Way, "Owners on the way count, and only root may share a sticky directory") {
  if (geteuid() != 0) {
    WARN("only root can give a directory away: not tested");
    return;
  }
  for (const fs::path& given : {a, b, c}) {
    INFO(given);
    REQUIRE(chown(given.c_str(), kNobody, kNobody) == 0);
    CHECK_THAT(refusal(file),
               Contains(given.string() + ", on the way there, belongs to user 65534"));
    REQUIRE(chown(given.c_str(), 0, 0) == 0);
  }
  fs::permissions(a, fs::perms{01777});
  CHECK(refusal(file).empty());
  // There anybody can make a link, though not change that of another.
  fs::create_directory_symlink(b, a / "link");
  CHECK(refusal(a / "link" / "c" / "file").empty());
  REQUIRE(lchown((a / "link").c_str(), kNobody, kNobody) == 0);
  CHECK_THAT(refusal(a / "link" / "c" / "file"),
             Contains((a / "link").string() + ", on the way there, belongs to user 65534"));
  REQUIRE(chown(a.c_str(), kNobody, kNobody) == 0);
  CHECK_THAT(refusal(file), Contains(a.string() + ", on the way there, belongs to user 65534"));
}
