// SPDX-License-Identifier: Apache-2.0
//
// Each broken plugin is named by the check that should name it: that check fails, and none that
// stands before it.
#include "plugin_check.hpp"

using namespace check_test;

namespace {

struct Broken {
  std::string how;    // of misbehaving.c
  std::string check;  // that names it
  std::string got;    // what it says, or a part of that
};

void expect_named(const Report& report, const std::string& check, const std::string& got) {
  CHECK(report.code == 1);
  CHECK(report.first("fail") == check);
  CHECK_THAT(report.check(check).got, Catch::Contains(got));
  CHECK_FALSE(report.check(check).expected.empty());
}

void expect_named(const std::vector<Broken>& plugins, const std::vector<std::string>& options) {
  for (const auto& [how, check, got] : plugins) {
    CAPTURE(how);
    const Settings settings = misbehaving(how);
    std::vector<std::string> arguments = {check_fixture("misbehaving"), "--settings",
                                          settings.path(), "--requests", "100"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    expect_named(report(arguments), check, got);
  }
}

void expect_file_named(const std::string& file, const std::string& check, const std::string& got,
                       const std::string& ini = "[fixture]\nnote = x\n") {
  CAPTURE(file, ini);
  const Settings settings(ini);
  expect_named(report({file, "--settings", settings.path(), "--requests", "20"}), check, got);
}

void expect_warning(const std::string& file, const std::string& ini, const std::string& check,
                    const std::string& got) {
  CAPTURE(file, ini);
  const Settings settings(ini);
  const Report found = report({file, "--settings", settings.path(), "--only", check});
  CHECK(found.code == 0);
  CHECK(found.check(check).verdict == "warn");
  CHECK_THAT(found.check(check).got, Catch::Contains(got));
}

const char* const kNothingWrong = "[misbehaving]\nother = on\n";

}  // namespace

TEST_CASE("A file that is no whole shared object is named") {
  support::TempDirectory directory;
  const auto file = directory.path() / "plugin.so";
  support::write_file(file, "no ELF at all");
  expect_file_named(file, "file-shared-object", "does not begin with \\x7fELF");
  const std::string bytes = support::read_file(check_fixture("misbehaving"));
  support::write_file(file, bytes.substr(0, bytes.size() / 2));
  expect_file_named(file, "file-shared-object", "truncated");
}

TEST_CASE("A file that others may write is named") {
  support::TempDirectory directory;
  const auto file = directory.path() / "plugin.so";
  fs::copy_file(check_fixture("misbehaving"), file);
  fs::permissions(file, fs::perms::all);
  expect_warning(file, kNothingWrong, "file-owner", "may be written by its group or by others");
}

TEST_CASE("What a plugin exports is named") {
  expect_file_named(host_fixture("no-symbol"), "exports-entry", "no such symbol");
  expect_file_named(host_fixture("other-major"), "exports-entry", "dcc_plugin_entry_v2");
  expect_file_named(check_fixture("extra-symbol"), "exports-only-entry", "another_symbol",
                    kNothingWrong);
  expect_warning(check_fixture("unique-symbol"), kNothingWrong, "exports-unique-symbols",
                 "unique_symbol");
}

TEST_CASE("What a plugin depends on is named") {
  expect_file_named(check_fixture("extra-library"), "dependencies-libraries", "libcrypto.so.3",
                    kNothingWrong);
  expect_file_named(check_fixture("search-path"), "dependencies-search-path", "/opt/libraries",
                    kNothingWrong);
  expect_file_named(check_fixture("executable-stack"), "dependencies-executable-stack",
                    "executable", kNothingWrong);
  expect_warning(host_fixture("throwing"), kNothingWrong, "dependencies-libraries",
                 "libstdc++.so.6");
}

TEST_CASE("What is wrong in the entry is named") {
  expect_file_named(check_fixture("unresolved"), "entry-loads", "nobody_has_this");
  expect_file_named(host_fixture("bad-magic"), "entry-magic", "0x12345678");
  expect_file_named(host_fixture("small-entry"), "entry-size", "40 octets");
  expect_file_named(host_fixture("bad-major"), "entry-contract", "2.0");
  expect_file_named(host_fixture("bad-id"), "entry-id", "'no id'");
  expect_file_named(check_fixture("no-version"), "entry-texts", "version ''");
  expect_file_named(host_fixture("missing-service"), "entry-services", "dcc.teleport/1");
  expect_file_named(check_fixture("no-create"), "entry-create", "null");
}

TEST_CASE("A plugin that cannot be created or activated is named") {
  const auto fixture = [](const std::string& setting) { return "[fixture]\n" + setting + "\n"; };
  const std::string good = host_fixture("good");
  expect_file_named(good, "lifecycle-create", "told to", fixture("create = refuse"));
  expect_file_named(good, "lifecycle-create", "without an instance", fixture("create = null"));
  expect_file_named(good, "lifecycle-create", "8 octets", fixture("create = small"));
  expect_file_named(good, "lifecycle-activate", "told to fail", fixture("activate = fail"));
  expect_file_named(good, "lifecycle-activate", "no handler", fixture("activate = silent"));
  expect_file_named(host_fixture("bad-srv"), "lifecycle-activate", "8.14.x");
  expect_named({{"create-crashes", "lifecycle-create", "SIGABRT"},
                {"create-exits", "lifecycle-create", "exited with code 0"},
                {"activate-crashes", "lifecycle-activate", "SIGABRT"},
                {"registers-nothing", "lifecycle-activate", "no handler"}},
               {});
  expect_named({{"create-loops", "lifecycle-create", "did not end within 2000 ms"}},
               {"--timeout", "2"});
}

TEST_CASE("A plugin that ends its process is named in the step where it does") {
  const auto fixture = [](const std::string& setting) { return "[fixture]\n" + setting + "\n"; };
  const std::string good = host_fixture("good");
  expect_file_named(host_fixture("crash-at-load"), "entry-loads", "SIGSEGV");
  expect_file_named(good, "lifecycle-create", "SIGSEGV", fixture("create = segv"));
  expect_file_named(good, "lifecycle-create", "exited with code 0", fixture("create = exit"));
  expect_file_named(good, "lifecycle-activate", "SIGSEGV", fixture("activate = segv"));
  expect_file_named(good, "lifecycle-activate", "SIGSEGV", fixture("deactivate = segv"));
  expect_file_named(good, "lifecycle-create", "SIGSEGV", fixture("destroy = segv"));
}

TEST_CASE("Settings that are refused in a wrong way are named") {
  expect_named({{"out-on-refusal", "lifecycle-refusal", "sets *out"},
                {"err-overrun", "lifecycle-refusal", "went beyond the end"},
                {"err-unterminated", "lifecycle-error-text", "err_cap"},
                {"err-cuts-characters", "lifecycle-error-text", "err_cap 2"},
                {"err-empty", "lifecycle-error-text", "err_cap 1000: ''"}},
               {});
}

TEST_CASE("What goes wrong between plugin and host is named") {
  expect_named({{"exact-host", "lifecycle-newer-host", "SIGABRT"},
                {"uses-unasked-service", "instances-required-services",
                 SANITIZED ? "the process" : "SIGSEGV"},
                {"last-host", "instances-several", "host of another instance"},
                {"counts-instances", "instances-several", "code 'E4'"},
                {"reads-clock", "handler-host-calls", "clock.now: called in a handler"},
                {"registers-late", "handler-host-calls", "registry.add"},
                {"small-device", "handler-host-calls", "inventory.device"},
                {"old-call", "handler-host-calls", "a call that is over"}},
               {});
}

TEST_CASE("A handler that does not return is named") {
  expect_named({{"loops", "handler-returns", "did not end within 2000 ms"}}, {"--timeout", "2"});
  expect_named({{"handler-exits", "handler-returns", "exited with code 0"}}, {});
  expect_file_named(host_fixture("throwing"), "handler-returns", "exception");
}

TEST_CASE("A handler that misuses memory is named") {
  expect_named({{"overreads", "handler-memory", "went beyond the end"},
                {"reads-later", "handler-memory", "after that was no longer valid"},
                {"writes-request", "handler-memory", "wrote to what it may only read"},
                {"ignores-size", "handler-memory", "went beyond the end"}},
               {});
}

TEST_CASE("A handler that answers wrongly is named") {
  expect_named({{"rubbish-status", "handler-status", "status 4711"},
                {"no-outcome", "handler-outcome", "no outcome"},
                {"unknown-code", "handler-outcome", "E99999"},
                {"alternates", "handler-pure", "asked again"},
                {"keeps-unknown", "handler-asks", "after it was not told device"},
                {"logs-unknown", "handler-asks", "logged, though not told device"},
                {"guesses", "handler-fails-closed", "code 'I99'"}},
               {});
  const std::string plugin = check_fixture("misbehaving");
  expect_warning(plugin, "[misbehaving]\nhow = two-lines\n", "handler-reason", "one\\x0atwo");
  expect_warning(plugin, "[misbehaving]\nhow = says-nothing\n", "handler-reason", "not valid ''");
}

TEST_CASE("A handler that takes something for granted is named") {
  expect_named({{"null-status", "requests-lookups", "SIGABRT"},
                {"known-roles", "requests-roles", "SIGABRT"},
                {"null-text", "requests-empty-strings", SANITIZED ? "the process" : "SIGSEGV"},
                {"first-item", "requests-missing-items", "went beyond the end"},
                {"one-id", "requests-duplicate-items", "SIGABRT"},
                {"short-values", "requests-long-values", "SIGABRT"},
                {"ascii", "requests-octets", "SIGABRT"},
                {"divides", "requests-numbers", SANITIZED ? "the process" : "SIGFPE"},
                {"few-items", "requests-many-items", "SIGABRT"},
                {"copies-all", "requests-newer", "SIGABRT"}},
               {});
  expect_warning(check_fixture("misbehaving"), "[misbehaving]\nhow = cut-request\n",
                 "requests-short", "went beyond the end");
}

TEST_CASE("A plugin that is not ready for threads is named") {
  expect_named({{"shares-a-buffer", "threads-one-instance", "decided in another way"}}, {});
}

TEST_CASE("What a plugin leaves in the process is named") {
  expect_named({{"leaves-thread", "process-threads", SANITIZED ? "threads after" : "3 threads"},
                {"leaves-descriptor", "process-descriptors", "3 descriptors"},
                {"leaves-child", "process-children", "a child process"},
                {"prints", "process-output", "'hello\\x0a'"},
                {"takes-signal", "process-signals", "signal 10"},
                {"changes-environment", "process-environment", "environment variable"},
                {"changes-directory", "process-environment", "working directory"},
                {"crashes-at-exit", "process-exit", "SIGABRT"}},
               {});
  if (!SANITIZED) {  // whose allocator does not say
    expect_named({{"leaves-memory", "process-memory", "octets more after each"}}, {});
  }
}
