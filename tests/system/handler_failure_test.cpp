// SPDX-License-Identifier: Apache-2.0
//
// A plugin that fails, or is slow while the inventory changes under it.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <csignal>

#include <future>

#include "problem.hpp"

using namespace support;

namespace {

// Where the failing plugin's handler waits until the test lets it go on.
class Gate {
 public:
  explicit Gate(const HostFixture& host) : file_(host.directory() / "gate") {
    REQUIRE(::mkfifo(file_.c_str(), 0600) == 0);
    fd_ = ::open(file_.c_str(), O_RDWR | O_CLOEXEC);
    REQUIRE(fd_ >= 0);
  }
  ~Gate() { ::close(fd_); }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  std::string setting() const { return "gate = " + file_.string() + "\n"; }
  // A handler has made its lookup and waits.
  void await(HostFixture& host) const { host.process().wait_for_line("at the gate"); }
  void open() const { REQUIRE(::write(fd_, "x", 1) == 1); }

 private:
  const std::filesystem::path file_;
  int fd_ = -1;
};

// A running host with the failing plugin, but without settings for it.
struct FailingHost : HostFixture {
  FailingHost() : HostFixture(without_plugin()) { start(); }

  static Options without_plugin() {
    Options options;
    options.plugin = false;
    return options;
  }
  void behave(const std::string& behaviour, const std::string& more = {}) {
    drop_plugin(FAILING_PLUGIN, "[failing]\nbehaviour = " + behaviour + "\n" + more);
    REQUIRE(reload() == 200);
  }
  // Posts in a thread of its own, on `connection`.
  static std::future<HttpReply> post_aside(HttpClient connection, std::string document) {
    return std::async(std::launch::async, [connection = std::move(connection),
                                           document = std::move(document)]() mutable {
      return connection.send("POST", "/api/v1/serviceD", {{"Content-Type", "application/xml"}},
                             document);
    });
  }
  std::future<HttpReply> post_aside(std::string document) {
    return post_aside(client(), std::move(document));
  }
};

}  // namespace

TEST_CASE("A handler that fails is 500, one that cannot tell 503, neither uses up a RequestID",
          "[R24][quick]") {
  FailingHost host;
  struct Case {
    const char* behaviour;
    unsigned status;
  };
  for (const auto& [behaviour, status] :
       {Case{"nothing", 500}, Case{"rubbish", 500}, Case{"internal", 500},
        Case{"unknown_status", 500}, Case{"unavailable", 503}, Case{"not_valid", 400}}) {
    INFO(behaviour);
    const auto fields = host.request("eis", "8.14.3", hub("Pending"));
    const auto outcomes = host.outcomes().size();
    host.behave(behaviour);
    const std::string detail = check_problem(host, host.post(host.sign("eis", fields)), status);
    if (status == 400) CHECK(detail == "refused <by> the \"fixture\"");
    CHECK(host.outcomes().size() == outcomes);
    host.behave("answer");
    CHECK(host.answer("eis", fields) == "I99");
  }
}

TEST_CASE("A handler that ends the host is named in the log, with its build and the request",
          "[R24]") {
  struct Case {
    const char *behaviour, *signal;
  };
  const auto [behaviour, signal] = GENERATE(
      Case{"crash", "6 (SIGABRT)"}, Case{"segv", "11 (SIGSEGV)"}, Case{"overflow", "11 (SIGSEGV)"});
  FailingHost host;
  host.behave(behaviour);
  const auto fields = host.request("eis", "8.14.3", hub("Pending"));
  auto reply = host.post_aside(host.sign("eis", fields));
  const std::string line = host.process().wait_for_line("the process crashes");
  CHECK_THAT(
      line,
      Catch::EndsWith(" critical the process crashes: signal " + std::string(signal) +
                      " inside plugin failing-plugin (failing 1.0, test build): handler of 8.14.3, "
                      "request " +
                      fields.request_id));
  CHECK_THROWS(reply.get());
  CHECK(host.process().wait().exit_code != 0);
}

TEST_CASE("What changes between lookup and commit is asked for again", "[R8][R22][quick]") {
  FailingHost host;
  const Gate gate(host);
  host.behave("answer", gate.setting());

  auto reply = host.post_aside(host.sign("eis", host.request("eis", "8.14.3", hub("Pending"))));
  gate.await(host);
  host.import_rows("devices", hub("Pending") + ",CHF,Commissioned\n");
  gate.open();
  gate.await(host);
  gate.open();
  CHECK(code_of(reply.get()) == "E5");
  CHECK(host.outcomes().size() == 1);
  CHECK(host.returns().empty());
}

TEST_CASE("A User who is suspended while the handler decides is not let through", "[R8][R17]") {
  FailingHost host;
  const Gate gate(host);
  host.behave("answer", gate.setting());

  auto reply = host.post_aside(host.sign("eis", host.request("eis", "8.14.3", hub("Pending"))));
  gate.await(host);
  host.import_rows("users", eui_of("eis") + ",EIS,Suspended,eis\n");
  gate.open();
  CHECK(code_of(reply.get()) == "E3");
}

TEST_CASE("An inventory that keeps changing is 503, and the RequestID stays unused", "[R8][R24]") {
  FailingHost host;
  const Gate gate(host);
  host.behave("answer", gate.setting());

  const auto fields = host.request("eis", "8.14.3", hub("Pending"));
  auto reply = host.post_aside(host.sign("eis", fields));
  constexpr int kAttempts = 5;
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    gate.await(host);
    const char* status = attempt % 2 == 1 ? "Commissioned" : "Pending";
    host.import_rows("devices", hub("Pending") + ",CHF," + status + "\n");
    gate.open();
  }
  check_problem(host, reply.get(), 503);
  CHECK(host.outcomes().empty());

  host.import_rows("devices", hub("Pending") + ",CHF,Pending\n");
  host.behave("answer");
  CHECK(host.answer("eis", fields) == "I99");
}

TEST_CASE("A request in flight finishes on the settings it began with", "[R24]") {
  FailingHost host;
  const Gate gate(host);
  const std::string document = host.sign("eis", host.request("eis", "8.14.3", hub("Pending")));
  // Connections that follow each other are served by different workers.
  auto slow = host.client(), quick = host.client();
  CHECK(slow.send("GET", "/").status == 404);
  CHECK(quick.send("GET", "/").status == 404);

  host.behave("answer", "code = E4\n" + gate.setting());
  auto reply = host.post_aside(std::move(slow), document);
  gate.await(host);
  host.behave("answer", "code = E19\n");
  const std::string other = host.sign("eis", host.request("eis", "8.14.3", hub("Pending")));
  CHECK(code_of(host.post_aside(std::move(quick), other).get()) == "E19");
  gate.open();
  CHECK(code_of(reply.get()) == "E4");
}

TEST_CASE("SIGTERM answers what is in flight", "[R24]") {
  FailingHost host;
  const Gate gate(host);
  host.behave("answer", gate.setting());
  auto reply = host.post_aside(host.sign("eis", host.request("eis", "8.14.3", hub("Pending"))));
  gate.await(host);
  host.process().signal(SIGTERM);
  host.process().wait_for_line("stopping");
  gate.open();
  CHECK(code_of(reply.get()) == "I99");
  host.await_end();
  host.start();
  CHECK(host.returns().size() == 1);
}

TEST_CASE("A second signal ends the host while a handler still holds a request", "[R24]") {
  FailingHost host;
  const Gate gate(host);
  host.behave("answer", gate.setting());
  auto reply = host.post_aside(host.sign("eis", host.request("eis", "8.14.3", hub("Pending"))));
  gate.await(host);
  host.process().signal(SIGTERM);
  host.process().wait_for_line("stopping");
  CHECK_FALSE(host.process().ended());
  host.process().signal(SIGTERM);
  CHECK(host.process().wait().exit_code == 128 + SIGTERM);
  CHECK_THROWS(reply.get());
}
