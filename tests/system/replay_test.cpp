// SPDX-License-Identifier: Apache-2.0
//
// A RequestID that was used before.
#include "problem.hpp"

using namespace support;
using dcc::duis::RequestFields;

namespace {

void check_replay(HostFixture& host, const std::string& copy, const std::string& response) {
  const HttpReply reply = host.post(copy);
  CHECK(reply.status == 200);
  CHECK(reply.body == response);
}

}  // namespace

TEST_CASE("The same request gets the stored response, octet for octet", "[R16]") {
  HostFixture host;
  for (const std::string user : {"eis", "sna", "es", "unknown", "lonely"}) {
    INFO(user);
    const std::string document = host.sign(user, host.request(user, "8.14.3", hub("Pending")));
    const std::string response = host.post(document).body;
    REQUIRE_FALSE(element_text(response, "sr:ResponseCode").empty());
    const auto outcomes = host.outcomes().size();
    for (int i = 0; i < 3; ++i) check_replay(host, document, response);
    CHECK(host.outcomes().size() == outcomes);
  }
}

TEST_CASE("The same request in other octets is the same request", "[R16]") {
  HostFixture host;
  const RequestFields fields = host.request("eis", "8.14.3", hub("Pending"));
  const std::string document = host.sign("eis", fields);
  const std::string response = host.post(document).body;
  REQUIRE(element_text(response, "sr:ResponseCode") == "I99");

  const std::string signed_again = host.sign("eis", fields);
  REQUIRE(signed_again != document);
  check_replay(host, signed_again, response);
  check_replay(host, edited(document, "<sr:Body>", "<sr:Body><!-- again -->"), response);
  check_replay(host, document + "<!-- behind -->\n", response);
  check_replay(host, edited(document, R"(<?xml version="1.0" encoding="UTF-8"?>)", "\n\n"),
               response);
  check_replay(host, edited(document, "CN=Z1,OU=07", "CN=Z1, OU=07"), response);
  const std::string value = element_text(document, "ds:SignatureValue");
  check_replay(host, edited(document, value, value.substr(0, 60) + "&#13;\n" + value.substr(60)),
               response);
  check_replay(host, edited(document, "Damaged case", "<![CDATA[Damaged]]>&#x20;case"), response);
  CHECK(host.outcomes().size() == 1);
}

TEST_CASE("Another request with a used RequestID is 409", "[R25]") {
  HostFixture host;
  const RequestFields used = host.request("eis", "8.14.3", hub("Pending"));
  const std::string response = host.post(host.sign("eis", used)).body;

  RequestFields other_hub = used;
  other_hub.items.front().second = hub("Commissioned");
  check_problem(host, host.post(host.sign("eis", other_hub)), 409);

  RequestFields other_srv = host.request("eis", "8.14.4", hub("Pending"));
  other_srv.request_id = used.request_id;
  check_problem(host, host.post(host.sign("eis", other_srv)), 409);

  // The same three numbers, spelled otherwise.
  RequestFields other_spelling = used;
  other_spelling.request_id = " " + used.request_id;
  check_problem(host, host.post(host.sign("eis", other_spelling)), 409);
  other_spelling.request_id = edited(used.request_id, "90-B3", "90-b3");
  check_problem(host, host.post(host.sign("eis", other_spelling)), 409);

  CHECK(host.outcomes().size() == 1);
  check_replay(host, host.sign("eis", used), response);
}

TEST_CASE("A copy is answered as before even while nobody answers its SRV", "[R16]") {
  HostFixture host;
  const std::string document = host.sign("sna", host.request("sna", "8.14.3", hub("Pending")));
  const std::string response = host.post(document).body;
  REQUIRE(element_text(response, "sr:ResponseCode") == "I99");
  const auto used = host.request("eis", "8.14.3", hub("Commissioned"));
  REQUIRE(host.answer("eis", used) == "I99");

  std::filesystem::remove(host.plugins() / "ch-returns.so");
  REQUIRE(host.reload() == 200);
  check_problem(host, host.post(host.sign("eis", host.request("eis", "8.14.3", hub("Pending")))),
                501);
  check_replay(host, document, response);
  auto other = used;
  other.items.front().second = hub("Pending");
  check_problem(host, host.post(host.sign("eis", other)), 409);
  // Nor does the wrong URL matter to what was answered.
  CHECK(host.post(document, "serviceS").body == response);
}

TEST_CASE("A copy is answered as before whatever has changed since", "[R16]") {
  HostFixture host;
  const std::string document = host.sign("sna", host.request("sna", "8.14.3", hub("Pending")));
  const std::string response = host.post(document).body;
  REQUIRE(element_text(response, "sr:ResponseCode") == "I99");

  host.import_rows("devices", hub("Pending") + ",CHF,Commissioned\n");
  host.import_rows("users", eui_of("sna") + ",SNA,Suspended,sna\n");
  check_replay(host, document, response);
  CHECK(host.answer("sna", "8.14.3", hub("Pending")) == "E3");
}
