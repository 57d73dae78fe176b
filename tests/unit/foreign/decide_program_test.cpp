// SPDX-License-Identifier: Apache-2.0
// dcc-decide: the golden messages by pipe and by socket, hostile lines, crashes, its end.
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <map>

#include "api.hpp"
#include "decide_program.hpp"
#include "golden.hpp"
#include "support/process.hpp"

using namespace foreign_test;
namespace json = boost::json;

namespace {

const std::string kGood =
    golden_message("I99: an agent that acts for the Supplier, a hub that is Pending");

std::string decide_line(const std::string& id, const std::string& message) {
  return "{\"id\": " + id + ", \"decide\": " + message + '}';
}

struct Program {
  explicit Program(bool listens = false, const char* input = nullptr) {
    world.install_all();
    start(listens, input);
  }
  void start(bool listens, const char* input = nullptr) {
    const std::vector<std::string> more = {"--socket", socket};
    program.emplace(world.root.path(), world.options(), listens ? more : std::vector<std::string>(),
                    input);
  }
  // Listens when it is there.
  Lines connect() {
    lines().ask("{\"id\": 1, \"state\": true}");
    return Lines::connect(socket);
  }
  Lines& lines() { return *program->lines; }

  World world;
  const std::string socket = (world.root.path() / "socket").string();
  std::optional<DecideProgram> program;
};

bool is_json(const std::string& text) {
  boost::system::error_code error;
  json::parse(text, error);
  return !error;
}

void answers_golden_messages(Lines& lines) {
  std::map<std::string, Golden> open;
  std::size_t unreadable = 0;
  for (const Golden& golden : golden_messages()) {
    const std::string id = std::to_string(open.size());
    lines.send(decide_line(id, golden.message));
    if (is_json(golden.message)) {
      open.emplace(id, golden);
    } else {
      ++unreadable;
    }
  }
  CHECK(open.size() > 60);
  CHECK(unreadable > 3);
  while (!open.empty() || unreadable > 0) {
    const auto line = lines.receive();
    REQUIRE(line);
    CAPTURE(*line);
    const json::value answer = json::parse(*line);
    const std::string id = text_of(answer.at("id"));
    if (id == "null") {
      CHECK(text_of(answer.at("error").at("status")) == "3");
      --unreadable;
      continue;
    }
    REQUIRE(open.count(id) == 1);
    const Golden& golden = open.at(id);
    CAPTURE(golden.name);
    if (const auto* error = answer.as_object().if_contains("error")) {
      CHECK(difference(golden, error->at("status").as_int64(), text_of(error->at("reason"))) == "");
    } else {
      CHECK(difference(golden, answer.at("answer")) == "");
    }
    open.erase(id);
  }
}

// The socket is there some time before it listens.
Lines connect_when_it_listens(const std::string& socket) {
  const auto patience = std::chrono::steady_clock::now() + support::kPatience;
  for (;;) {
    try {
      return Lines::connect(socket);
    } catch (const std::runtime_error&) {
      if (std::chrono::steady_clock::now() > patience) throw;
    }
  }
}

std::string code_of(const std::string& line) {
  const json::value answer = json::parse(line);
  return text_of(answer.at("answer").at("code"));
}

}  // namespace

TEST_CASE("dcc-decide answers the golden messages by pipe, and ends with its input") {
  Program run;
  answers_golden_messages(run.lines());
  run.lines().end();
  CHECK(run.program->wait() == 0);
}

TEST_CASE("dcc-decide answers the golden messages by socket, and ends at SIGTERM") {
  Program run(true);
  Lines peer = run.connect();
  answers_golden_messages(peer);
  struct stat status {};
  REQUIRE(::stat(run.socket.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  run.program->signal(SIGTERM);
  CHECK(!peer.receive());
  CHECK(run.program->wait() == 0);
  CHECK(::stat(run.socket.c_str(), &status) != 0);
}

// What is not JSON, too: with its own id, and the reason that the library gives.
TEST_CASE("dcc-decide answers all golden messages as bindings write them") {
  Program run;
  for (const Golden& golden : golden_messages()) {
    CAPTURE(golden.name);
    const json::value answer =
        json::parse(run.lines().ask(R"({"id":41,"decide":)" + golden.message + '}'));
    CHECK(text_of(answer.at("id")) == "41");
    if (const auto* error = answer.as_object().if_contains("error")) {
      CHECK(difference(golden, error->at("status").as_int64(), text_of(error->at("reason"))) == "");
    } else {
      CHECK(difference(golden, answer.at("answer")) == "");
    }
  }
  CHECK_THAT(
      run.lines().ask(R"({"id":1,"decide":{},"log":true})"),
      Catch::Contains(R"({"id":1,"error":{"status":3,)") && Catch::Contains("more than one value"));
  CHECK_THAT(run.lines().ask(R"({"id":01,"decide":{}})"), Catch::Contains(R"("id":null)"));
}

TEST_CASE("a peer may decide and look, and nothing else") {
  Program run(true);
  Lines peer = run.connect();
  CHECK(code_of(peer.ask(decide_line("\"a\"", kGood))) == "I99");
  CHECK(text_of(json::parse(peer.ask(R"({"id": 2, "state": true})"))
                    .at("answer")
                    .at("plugins")
                    .at(0)
                    .at("live")) == "true");
  CHECK(peer.ask(R"({"id": 3, "log": true})") ==
        R"({"id":3,"error":{"status":5,"reason":"log: on standard input only"}})");
  CHECK(peer.ask(R"({"id": 4, "reload": "all"})") ==
        R"({"id":4,"error":{"status":5,"reason":"reload: on standard input only"}})");
  // What has no line end is a line when the peer says no more.
  peer.send_octets(R"({"id": 5, "log": true})");
  peer.end();
  CHECK(peer.receive() ==
        R"({"id":5,"error":{"status":5,"reason":"log: on standard input only"}})");
  CHECK(!peer.receive());
}

TEST_CASE("there are so many connections, and one that ends makes room") {
  Program run(true);
  std::vector<Lines> peers;
  for (int i = 0; i < 64; ++i) {
    peers.push_back(run.connect());
    CHECK(code_of(peers.back().ask(decide_line("1", kGood))) == "I99");
  }
  Lines one_more = run.connect();
  CHECK(one_more.receive() ==
        R"({"id":null,"error":{"status":5,"reason":"there are 64 connections already"}})");
  CHECK(!one_more.receive());
  peers.front().end();
  CHECK(!peers.front().receive());  // its place is free soon after
  const auto patience = std::chrono::steady_clock::now() + support::kPatience;
  std::string answer;
  do {
    answer = run.connect().ask(decide_line("1", kGood));
  } while (answer.find("I99") == answer.npos && std::chrono::steady_clock::now() < patience);
  CHECK_THAT(answer, Catch::Contains("I99"));
}

TEST_CASE("another user is turned away, whatever the mode of the socket") {
  if (::geteuid() != 0) return;  // nobody else can be one here
  Program run(true);
  run.connect();
  REQUIRE(::chmod(run.socket.c_str(), 0666) == 0);
  REQUIRE(::chmod(run.world.root.path().c_str(), 0755) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setuid(65534) != 0) ::_exit(2);
    Lines peer = Lines::connect(run.socket);
    const auto answer = peer.receive();
    ::_exit(answer && answer->find("only the user") != answer->npos && !peer.receive() ? 0 : 1);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}

TEST_CASE("a crash of a plugin ends the process by its signal, and a new one goes on") {
  Program run;
  const std::string crash = R"({"id": 1, "decide": {
    "srv": "8.14.2", "service_reference": "8.14", "command_variant": 8,
    "originator": "90-B3-D5-1F-30-01-00-00", "target": "90-B3-D5-1F-30-00-00-02", "counter": "1",
    "body_element": "CHFInstallNoSuccessSMWAN", "items": [["DeviceID", "k"]],
    "received_at": 1, "deadline": 2, "user": {"role": "SNA", "status": "Active", "revision": 1},
    "facts": [{"kind": "com.example.tariff", "key": "k", "values": {"code": "crash"},
               "revision": 1}]}})";
  std::string line = crash;
  std::erase(line, '\n');
  run.lines().send(line);
  CHECK(run.program->wait() == 128 + SIGABRT);
  run.start(false);
  CHECK(code_of(run.lines().ask(decide_line("1", kGood))) == "I99");
}

TEST_CASE("hostile lines are told what is wrong with them, and the next is answered") {
  Program run;
  Lines& lines = run.lines();
  const auto error = [](const std::string& id, const std::string& reason) {
    return R"({"id":)" + id + R"(,"error":{"status":3,"reason":")" + reason + "\"}}";
  };
  CHECK(lines.ask("") == error("null", "ends too early: is not JSON: incomplete JSON"));
  CHECK(lines.ask("[]") == error("null", "[]: expected an object"));
  CHECK(lines.ask("{}") == error("null", "id: expected to be there"));
  CHECK(lines.ask(R"({"id": 1})") ==
        error("1", "expected decide, state, reload or log beside the id"));
  CHECK(lines.ask(R"({"id": null, "state": true})") ==
        error("null", "id: null: expected an integer, or a text of at most 64 octets"));
  CHECK(lines.ask(R"({"id": [], "state": true})") ==
        error("null", "id: []: expected an integer, or a text of at most 64 octets"));
  CHECK(lines.ask(R"({"id": 1, "id": 2, "state": true})") ==
        error("1", "id: 2: expected to stand there once; it is there already, with 1"));
  CHECK(lines.ask(R"({"id": "a\"b", "state": true, "log": true})") ==
        error(R"("a\"b")", "log: true: expected one request a line; there is state already"));
  CHECK(lines.ask(R"({"id": 1, "state": false})") == error("1", "state: false: expected true"));
  CHECK(lines.ask(R"({"id": 1, "reload": "some"})") ==
        error("1", R"(reload: \"some\": expected \"changed\" or \"all\")"));
  CHECK(lines.ask(R"({"id": 1, "decides": {}})") ==
        error("1", "decides: {}: expected no such member, only id, decide, state, reload, log"));
  CHECK(lines.ask(R"({"id": 1, "decide": 7})") == error("1", "7: expected an object"));
  CHECK(lines.ask(std::string("\0\xff\x01", 3)) == error("null", "octet 2: is not UTF-8"));
  const std::string long_line(DCCH_MAX_MESSAGE + 1025, 'x');
  CHECK(lines.ask(long_line) == error("null", "a line of more than 1049600 octets"));
  CHECK(lines.ask(long_line + long_line + long_line) ==
        error("null", "a line of more than 1049600 octets"));
  CHECK_THAT(lines.ask(long_line.substr(1)), Catch::Contains("octet 1: "));
  CHECK_THAT(lines.ask(std::string(1'000'000, '[')), Catch::Contains("too deep"));
  CHECK(code_of(lines.ask(decide_line("1", kGood))) == "I99");
}

TEST_CASE("dcc-decide reloads when it is told, and by itself") {
  Program run;
  Lines& lines = run.lines();
  CHECK(code_of(lines.ask(decide_line("1", kGood))) == "I99");
  const auto settings = [](const std::string& agents) {
    return "[8.14.3]\nEIS = any\nGIS = any\nSNA = " + agents +
           "\n[8.14.4]\nEIS = any\nGIS = any\nSNA = any\n";
  };
  run.world.configure("ch-returns", settings("none"));
  const json::value state = json::parse(lines.ask(R"({"id": 2, "reload": "all"})")).at("answer");
  CHECK(text_of(state.at("plugins").at(0).at("refused")) == "false");
  CHECK(code_of(lines.ask(decide_line("3", kGood))) == "E2");
  const json::value log = json::parse(lines.ask(R"({"id": 4, "log": true})")).at("answer");
  CHECK(log.as_array().size() > 2);
  run.world.configure("ch-returns", settings("Pending"));
  const auto patience = std::chrono::steady_clock::now() + support::kPatience;
  std::string code;
  do {
    code = code_of(lines.ask(decide_line("5", kGood)));
  } while (code != "I99" && std::chrono::steady_clock::now() < patience);
  CHECK(code == "I99");
}

TEST_CASE("a service whose standard input is /dev/null runs until SIGTERM") {
  Program run(true, "/dev/null");
  Lines peer = connect_when_it_listens(run.socket);
  CHECK(code_of(peer.ask(decide_line("1", kGood))) == "I99");
  run.program->signal(SIGTERM);
  CHECK(run.program->wait() == 0);
}

TEST_CASE("dcc-decide says what it needs, and what is wrong with it") {
  const support::Finished help = support::run(DECIDE_PROGRAM, {"--help"});
  CHECK(help.exit_code == 0);
  CHECK_THAT(help.out, Catch::Contains("--socket PATH"));
  CHECK(support::run(DECIDE_PROGRAM, {}).exit_code == 2);
  const support::Finished absent = support::run(DECIDE_PROGRAM, {"/nowhere/options.json"});
  CHECK(absent.exit_code == 1);
  CHECK_THAT(absent.err, Catch::Contains("/nowhere/options.json: "));
  const World world;
  const std::string file = (world.root.path() / "options.json").string();
  support::write_file(file, "{}");
  CHECK(support::run(DECIDE_PROGRAM, {file}).err ==
        "dcc-decide: " + file + ": plugins: expected to be there\n");
  support::write_file(file, world.options());
  fs::permissions(file, fs::perms::others_write, fs::perm_options::add);
  CHECK_THAT(support::run(DECIDE_PROGRAM, {file}).err, Catch::Contains("may be written by"));
}
