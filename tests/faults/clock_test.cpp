// SPDX-License-Identifier: Apache-2.0
//
// A clock that jumps, back above all: answers stay right, the order of the trail is that of the
// commits, and certificates are judged by the clock as it is.
#include <catch2/catch.hpp>
#include <ctime>

#include "client/pki.hpp"
#include "faulty_host.hpp"

using namespace support;
using namespace faults;

namespace {

constexpr std::int64_t kHour = 3600;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::int64_t kYear = 365 * kDay;

}  // namespace

TEST_CASE("Clock jumps back - answers stay right and the trail keeps its order") {
  FaultyHost host;
  host.start_with_shim();
  std::vector<std::pair<std::string, std::string>> answered;
  for (const std::int64_t offset : {std::int64_t{0}, -kHour, -30 * kDay, 2 * kDay, -kYear}) {
    INFO(offset);
    host.switches().clock_offset = offset;
    const std::string document = host.good_request();
    const auto reply = host.post(document);
    CHECK(code_of(reply) == "I99");
    answered.emplace_back(document, reply.body);
    CHECK(host.answer("sna", "8.14.4", hub("Commissioned")) == "E5");
    for (const auto& [request, response] : answered) CHECK(host.post(request).body == response);
  }
  std::int64_t last = 0;
  bool went_back = false;
  std::string before;
  for (const auto& outcome : host.outcomes()) {
    CHECK(outcome.at("cursor").as_int64() == ++last);
    const std::string received(outcome.at("received_at").as_string());
    went_back = went_back || received < before;
    before = received;
  }
  CHECK(went_back);
  CHECK(host.returns().size() == answered.size());
  host.check_whole(2 * answered.size());
}

TEST_CASE("Clock jumps out of the time of the certificates and back") {
  FaultyHost host;
  host.start_with_shim();
  const std::string document = host.good_request();
  for (const std::int64_t offset : {-20 * kYear, 40 * kYear}) {
    INFO(offset);
    host.switches().clock_offset = offset;
    CHECK(host.post(document).status == 403);
  }
  host.switches().clock_offset = 0;
  CHECK(code_of(host.post(document)) == "I99");
  host.check_whole(1);
}

TEST_CASE("Clock jumps past the end of the signing certificate and back") {
  FaultyHost host;
  sample::pki::CertificateOptions options;
  options.eui = *dcc::duis::Eui64::parse(kBroker);
  options.not_after = (std::time(nullptr) + kDay) * 1000;
  const auto identity = sample::pki::make_certificate(sample::pki::make_ca("CN=Z9"), options);
  sample::pki::write_new_file(host.directory() / "own.pem", identity.certificate_pem(), 0644);
  sample::pki::write_new_file(host.directory() / "own.key", identity.key_pem(), 0600);
  std::string text = read_file(host.configuration());
  text = edited(text, "certificate = certificates/dcc.pem", "certificate = own.pem");
  write_file(host.configuration(), edited(text, "key = keys/dcc.key", "key = own.key"));
  host.start_with_shim();

  CHECK(host.answer("sna", "8.14.3", hub("Pending")) == "I99");
  const std::string document = host.good_request();
  host.switches().clock_offset = 2 * kDay;
  // Nobody would take the answer for signed; so nothing is accepted.
  CHECK(host.post(document).status == 503);
  CHECK(host.get("/healthz").at("status") == "degraded");
  CHECK(std::string(host.get("/plugins").at("signing").at("refused").at(0).as_string()) ==
        (host.directory() / "own.pem").string() + ": the certificate is expired");
  CHECK(host.reload() == 422);
  host.switches().clock_offset = 0;
  CHECK(host.reload() == 200);
  CHECK(host.get("/healthz").at("status") == "ok");
  CHECK(code_of(host.post(document)) == "I99");
  host.check_whole(2);
}

TEST_CASE("Clock jumps back before an appointment begins") {
  FaultyHost host;
  host.start_with_shim();
  host.switches().clock_offset = -5 * kYear;  // by then it has begun, by the certificates' time
  const auto id = host.request("lonely", "8.14.3", hub("Pending"));
  CHECK(host.answer("lonely", id) == "E4");
  host.import_rows("appointments", eui_of("lonely") + "," + eui_of("eis") + ",2025-01-01,\n");
  CHECK(host.answer("lonely", "8.14.3", hub("Pending")) == "E4");
  host.switches().clock_offset = 0;
  CHECK(host.answer("lonely", "8.14.3", hub("Pending")) == "I99");
  // What was answered stays answered.
  CHECK(host.answer("lonely", id) == "E4");
}
