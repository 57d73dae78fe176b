// SPDX-License-Identifier: Apache-2.0
//
// The HTTP statuses for what is no Service Request yet: method, path, content type, size, framing.
#include "problem.hpp"

using namespace support;

namespace {

const HttpClient::Fields kXml{{"Content-Type", "application/xml"}};
const std::string kHead = "POST /api/v1/serviceD HTTP/1.1\r\nContent-Type: application/xml\r\n";

}  // namespace

TEST_CASE("A wrong method is 405 and names the right one", "[R16]") {
  HostFixture host;
  for (const char* endpoint : {"serviceD", "serviceS", "serviceT"}) {
    for (const char* method : {"GET", "PUT", "DELETE", "PATCH", "OPTIONS"}) {
      INFO(method << " " << endpoint);
      const auto reply = host.client().send(method, std::string("/api/v1/") + endpoint);
      check_problem(host, reply, 405);
      CHECK(reply.field("allow") == "POST");
    }
  }
}

TEST_CASE("A wrong path is 404", "[R16]") {
  HostFixture host;
  const std::string good = host.sign("eis", host.request("eis", "8.14.3", hub("Pending")));
  for (const char* path : {"/", "/api/v1/", "/api/v1/serviceX", "/api/v1/serviceD/", "/serviceD",
                           "/api/v1/serviced", "/api/v2/serviceD", "/healthz", "/reload"}) {
    INFO(path);
    check_problem(host, host.client().send("POST", path, kXml, good), 404);
  }
  CHECK(host.outcomes().empty());
}

TEST_CASE("A wrong content type is 415, a right one may have parameters", "[R16]") {
  HostFixture host;
  const std::string good = host.sign("eis", host.request("eis", "8.14.3", hub("Pending")));
  const std::string path = "/api/v1/serviceD";
  auto client = host.client();
  for (const char* type : {"text/xml", "application/json", "application/xml2", ""}) {
    INFO(type);
    check_problem(host, client.send("POST", path, {{"Content-Type", type}}, good), 415);
  }
  check_problem(host, client.send("POST", path, {}, good), 415);
  check_problem(
      host,
      client.send("POST", path, {{"Content-Type", "application/xml"}, {"Content-Encoding", "gzip"}},
                  good),
      415);
  CHECK(host.outcomes().empty());
  CHECK(code_of(client.send("POST", path, {{"Content-Type", "Application/XML; charset=utf-8"}},
                            good)) == "I99");
}

TEST_CASE("What is larger than the limit is 413", "[R25]") {
  HostFixture host;
  const std::string tail(1 << 20, ' ');
  const std::string good = host.sign("eis", host.request("eis", "8.14.3", hub("Pending")));
  check_problem(host, host.client().send("POST", "/api/v1/serviceD", kXml, good + tail), 413);

  // Without Content-Length it is known only while it is being read.
  auto chunked = host.client();
  chunked.write(kHead + "Host: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n100010\r\n");
  chunked.write(good + tail);
  check_problem(host, chunked.receive(), 413);
  CHECK(host.outcomes().empty());

  const std::string largest = good + std::string((1 << 20) - good.size(), ' ');
  CHECK(code_of(host.post(largest)) == "I99");
}

TEST_CASE("What is not HTTP is 400, and the host goes on", "[R25]") {
  HostFixture host;
  const std::string good = host.sign("eis", host.request("eis", "8.14.3", hub("Pending")));
  const std::string length = "Content-Length: " + std::to_string(good.size()) + "\r\n";
  for (const std::string& octets :
       {std::string("rubbish\r\n\r\n"), kHead + length + "\r\n" + good,
        kHead + "Host: 127.0.0.1\r\nHost: example.org\r\n" + length + "\r\n" + good,
        kHead + "Host: 127.0.0.1\r\nContent-Length: -1\r\n\r\n" + good,
        kHead + "Host: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + good}) {
    INFO(octets);
    auto client = host.client();
    client.write(octets);
    check_problem(host, client.receive(), 400);
  }
  auto client = host.client();
  client.write(kHead + "Host: 127.0.0.1\r\nX-Long: " + std::string(20'000, 'x') + "\r\n\r\n");
  check_problem(host, client.receive(), 431);
  CHECK(host.outcomes().empty());
  CHECK(code_of(host.post(good)) == "I99");
}

TEST_CASE("A request may come in pieces, in chunks, and behind another", "[R16]") {
  HostFixture host;
  const auto document = [&] { return host.sign("eis", host.request("eis", "8.14.3", kMeter)); };
  const auto framed = [](const std::string& body) {
    return kHead + "Host: 127.0.0.1\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
  };
  auto client = host.client();
  for (const char octet : framed(document())) client.write({&octet, 1});
  CHECK(code_of(client.receive()) == "E11");

  client.write(kHead + "Host: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (const char octet : document()) client.write(std::string("1\r\n") + octet + "\r\n");
  client.write("0\r\n\r\n");
  CHECK(code_of(client.receive()) == "E11");

  client.write(framed(document()) + framed(document()));
  CHECK(code_of(client.receive()) == "E11");
  CHECK(code_of(client.receive()) == "E11");
}
