// SPDX-License-Identifier: Apache-2.0
//
// The console's port for testers' own clients: what is passed on, what is shown, what is done to it
// on request.
#include <boost/json.hpp>
#include <boost/system/system_error.hpp>
#include <catch2/catch.hpp>
#include <csignal>
#include <optional>
#include <string>

#include "client/pki.hpp"
#include "console_fixture.hpp"

using namespace support;
using Catch::Matchers::Contains;
using console_test::answer;
using console_test::ask;
using console_test::Console;
using console_test::refusal;
namespace json = boost::json;

namespace {

const HttpClient::Fields kXml{{"Content-Type", "application/xml"}};
constexpr const char* kService = "/api/v1/serviceD";

// What has become of each request, once so many have ended.
json::array exchanges(const Console& console, std::size_t number) {
  for (;;) {
    auto state = answer(console, "between", {{"after", 0}});
    if (state.at("exchanges").as_array().size() >= number)
      return std::move(state.at("exchanges").as_array());
  }
}

std::string text(const json::value& exchange, const char* name) {
  return std::string(exchange.at(name).as_string());
}

void set_fault(const Console& console, const char* kind, int requests, int milliseconds = 0) {
  answer(console, "set-fault",
         {{"kind", kind}, {"milliseconds", milliseconds}, {"requests", requests}});
}

std::string document(HostFixture& host, const char* status) {
  return host.sign("sna", host.request("sna", "8.14.3", hub(status)));
}

// Nothing: the connection ended.
std::optional<HttpReply> post(HttpClient client, const std::string& document) try {
  return client.send("POST", kService, kXml, document);
} catch (const boost::system::system_error&) {
  return std::nullopt;
}

}  // namespace

TEST_CASE("A client behind the console gets what the host answers, and it is shown why") {
  HostFixture host;
  const Console console(host);
  HttpClient client(console.between_port());
  const std::string refused = document(host, "Commissioned");
  const HttpReply through = client.send("POST", kService, kXml, refused);
  CHECK(code_of(through) == "E5");
  const HttpReply direct = host.post(refused);  // a repeat: the stored octets
  CHECK(through.body == direct.body);
  CHECK(through.fields == direct.fields);

  // Kept alive, in pieces, in chunks, two at once, and what is no HTTP.
  CHECK(client.send("POST", kService, kXml, "<x>\xe9</x>").status == 400);
  const auto octets = [&](const std::string& body, const std::string& length) {
    return std::string("POST ") + kService +
           " HTTP/1.1\r\nHost: x\r\nContent-Type: application/xml\r\n" + length + "\r\n\r\n" + body;
  };
  const std::string two = document(host, "Pending");
  const std::string plain = octets(two, "Content-Length: " + std::to_string(two.size()));
  client.write(plain.substr(0, 20));
  client.write(plain.substr(20) + plain);
  const HttpReply first = client.receive();
  CHECK(code_of(first) == "I99");
  CHECK(client.receive().body == first.body);
  client.write(octets("4\r\n<x/>\r\n0\r\n\r\n", "Transfer-Encoding: chunked"));
  CHECK(client.receive().status == 400);
  client.write(octets("<x/>", "Content-Length: 4\r\nExpect: 100-continue"));
  unsigned status = 100;
  while (status == 100) status = client.receive().status;
  CHECK(status == 400);
  client.write("no HTTP\r\n\r\n");
  CHECK(client.receive().status == 400);

  const auto seen = exchanges(console, 7);
  CHECK(text(seen[0], "code") == "E5");
  CHECK(text(seen[0], "meaning") == "Device (SMI) status incompatible");
  CHECK(text(seen[0], "what") == "passed on");
  CHECK_THAT(text(seen[0], "request"), Contains(refused));
  CHECK_THAT(text(seen[0], "answer"), Contains(through.body));
  CHECK(text(seen[1], "code") == "HTTP 400");
  CHECK_THAT(text(seen[1], "meaning"), Contains(": "));
  CHECK_THAT(text(seen[1], "request"), Contains("<x>\\xe9</x>"));
  CHECK_THAT(text(seen[6], "request"), Contains("no HTTP"));
  CHECK(answer(console, "between", {{"after", seen.back().at("number")}})
            .at("exchanges")
            .as_array()
            .empty());

  // Only so many are kept, and of each only so much; a request that is too long is the host's to
  // refuse.
  const std::string long_text(200'000, 'x');
  HttpClient more(console.between_port());
  for (int i = 0; i < 50; ++i) CHECK(more.send("POST", kService, kXml, long_text).status == 400);
  const auto kept = exchanges(console, 50);
  CHECK(kept.size() == 50);
  CHECK(text(kept.back(), "request").size() < 70'000);
  CHECK(HttpClient(console.between_port())
            .send("POST", kService, kXml, std::string(5'000'000, 'x'))
            .status == 413);
}

TEST_CASE("The next requests meet what a client fears, on request, and then no more") {
  HostFixture host;
  const Console console(host);
  // One is shown after its client has its answer: the next one waits for that, to be behind it.
  std::size_t sent_so_far = 0;
  const auto through = [&](const std::string& sent) {
    auto reply = post(HttpClient(console.between_port()), sent);
    exchanges(console, ++sent_so_far);
    return reply;
  };
  set_fault(console, "unavailable", 2);
  for (int i = 0; i < 2; ++i) {
    const auto reply = through(document(host, "Commissioned"));
    REQUIRE(reply);
    CHECK(reply->status == 503);
    CHECK(reply->field("retry-after") == "1");
  }
  set_fault(console, "cut-request", 1);
  CHECK_FALSE(through(document(host, "Commissioned")));
  CHECK(host.outcomes().empty());

  // The host has answered: the same octets again get what it said.
  set_fault(console, "cut-answer", 1);
  const std::string sent = document(host, "Commissioned");
  CHECK_FALSE(through(sent));
  CHECK(host.outcomes().size() == 1);
  CHECK(code_of(through(sent).value()) == "E5");
  CHECK(host.outcomes().size() == 1);

  set_fault(console, "delay", 2, 200);
  CHECK(code_of(through(sent).value()) == "E5");
  {
    HttpClient impatient(console.between_port());
    impatient.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  const auto seen = exchanges(console, 7);
  CHECK(text(seen[0], "what") == "answered here: the host has not seen the request");
  CHECK_THAT(text(seen[0], "meaning"), Contains("as it was told"));
  CHECK_THAT(text(seen[2], "what"), Contains("cut here"));
  CHECK(text(seen[3], "code") == "E5");
  CHECK_THAT(text(seen[3], "what"), Contains("the client is not told"));
  CHECK(seen[5].at("milliseconds").as_double() >= 200);
  CHECK(text(seen[5], "what") == "passed on late, as told");
  CHECK(text(seen[6], "what") == "the client had gone before the answer came");
  CHECK(answer(console, "between", {{"after", 0}}).at("fault").at("requests") == 0);

  const json::object fault{{"kind", "delay"}, {"milliseconds", 1}, {"requests", 1}};
  const auto refused = [&](const char* name, const json::value& value) {
    auto wrong = fault;
    wrong[name] = value;
    return refusal(ask(console, "set-fault", wrong), 400);
  };
  CHECK_THAT(refused("kind", "explode"), Contains("kind: explode"));
  CHECK_THAT(refused("milliseconds", 60'001), Contains("milliseconds"));
  CHECK_THAT(refused("requests", 101), Contains("requests"));
}

TEST_CASE("A client behind the console needs no TLS of its own") {
  HostFixture::Options options;
  options.tls = HostFixture::tls("");
  HostFixture host(options);
  host.start();
  const auto console = [&](const std::string& ca) {
    return Console({"console", "--url", "https://localhost:" + std::to_string(host.http_port()),
                    "--cacert", ca, "--admin", "127.0.0.1:" + std::to_string(host.admin_port()),
                    "--keys", (host.directory() / "keys").string(), "--credentials",
                    host.credentials().known().string()});
  };
  const Console passing = console(host.credentials().anchor().string());
  const auto reply =
      post(HttpClient(passing.between_port()), document(host, "Commissioned")).value();
  CHECK(code_of(reply) == "E5");
  // A server that is not known gets nothing.
  write_file(host.directory() / "others.pem",
             sample::pki::make_ca("CN=Z2,OU=07").certificate_pem());
  const Console other = console((host.directory() / "others.pem").string());
  CHECK_FALSE(post(HttpClient(other.between_port()), "<x/>"));
  CHECK_THAT(text(exchanges(other, 1)[0], "what"),
             Contains("was not reached: ") && !Contains("refused"));
}

TEST_CASE("No web page reaches the host by the port for clients, and a host that is away is away") {
  HostFixture host;
  Console console(host);
  auto fields = kXml;
  fields["Origin"] = "http://127.0.0.1:" + std::to_string(console.port());
  CHECK(HttpClient(console.between_port()).send("POST", kService, fields, "<x/>").status == 403);
  CHECK_THAT(text(exchanges(console, 1)[0], "what"), Contains("has not seen"));
  host.stop();
  CHECK_FALSE(post(HttpClient(console.between_port()), "<x/>"));
  CHECK_THAT(text(exchanges(console, 2)[1], "what"), Contains("was not reached"));

  // It ends with clients that say nothing, and with one that waits.
  HttpClient silent(console.between_port());
  silent.write("POST ");
  console.process().signal(SIGTERM);
  CHECK(console.process().wait().exit_code == 0);
}
