// SPDX-License-Identifier: Apache-2.0
//
// The key that responses are signed with: replaced under a running host, and refused.
#include <csignal>

#include <catch2/catch.hpp>
#include <ctime>

#include "duis/reader.hpp"
#include "duis/verify.hpp"
#include "support/host_fixture.hpp"

using namespace support;
using Catch::Matchers::Contains;

namespace {

namespace fs = std::filesystem;
namespace pki = sample::pki;

constexpr std::int64_t k2020 = 1'577'836'800'000;
constexpr std::int64_t k2021 = 1'609'459'200'000;
constexpr std::int64_t k2090 = 3'786'912'000'000;

// A host that signs with DIR/own/own.pem and own.key.
struct SigningHost : HostFixture {
  SigningHost() : HostFixture(Options{}) {
    fs::create_directory(directory() / "own");
    std::string text = read_file(configuration());
    text = edited(text, "certificate = certificates/dcc.pem", "certificate = own/own.pem");
    write_file(configuration(), edited(text, "key = keys/dcc.key", "key = own/own.key"));
    renew("1");
  }

  fs::path file(const std::string& name) const { return directory() / "own" / name; }

  void renew(const std::string& serial, std::int64_t not_before = 0, std::int64_t not_after = 0) {
    pki::CertificateOptions options;
    options.eui = *dcc::duis::Eui64::parse(kBroker);
    options.serial = serial;
    options.not_before = not_before;
    options.not_after = not_after;
    const auto identity = pki::make_certificate(ca_, options);
    for (const char* name : {"own.pem", "own.key"}) fs::remove(file(name));
    pki::write_new_file(file("own.pem"), identity.certificate_pem(), 0644);
    pki::write_new_file(file("own.key"), identity.key_pem(), 0600);
  }

  // The serial of the certificate that verifies a response.
  std::string signed_by() {
    const std::string response = post(sign("sna", request("sna", "8.14.3", hub("Pending")))).body;
    std::vector<std::string> problems;
    fs::create_directories(directory() / "known");
    fs::permissions(directory() / "known", fs::perms::owner_all);
    fs::copy_file(file("own.pem"), directory() / "known" / "own.pem",
                  fs::copy_options::overwrite_existing);
    const auto known = dcc::duis::Credentials::load(directory() / "known", std::nullopt, problems);
    dcc::duis::Reader reader(*dcc::duis::Schema::built_in());
    const auto* message = reader.read(response);
    if (message == nullptr) return response;
    const auto verdict = dcc::duis::verify(*message, known, std::time(nullptr) * 1000);
    return verdict.signer != nullptr ? verdict.signer->serial() : verdict.why;
  }

 private:
  const pki::Identity ca_ = pki::make_ca("CN=Z9,OU=07");
};

}  // namespace

TEST_CASE("The signing key is renewed by a reload and by SIGHUP", "[R24]") {
  SigningHost host;
  host.start();
  CHECK(host.signed_by() == "1");
  host.renew("2");
  CHECK(host.reload() == 200);
  CHECK(host.signed_by() == "2");
  host.renew("3");
  host.process().wait_for_line(" handlers live");
  host.process().signal(SIGHUP);
  host.process().wait_for_line(" handlers live");
  CHECK(host.signed_by() == "3");
}

TEST_CASE("A signing key that cannot be used leaves the one in use, loudly, until it is mended",
          "[R24]") {
  SigningHost host;
  host.start();
  std::string why;
  SECTION("expired") {
    host.renew("2", k2020, k2021);
    why = "own.pem: the certificate is expired";
  }
  SECTION("not yet valid") {
    host.renew("2", k2090, k2090 + 1000);
    why = "own.pem: the certificate is not yet valid";
  }
  SECTION("of another certificate") {
    const std::string before = read_file(host.file("own.pem"));
    host.renew("2");
    write_file(host.file("own.pem"), before);
    why = "not the certificate of the key in";
  }
  SECTION("open to others") {
    fs::permissions(host.file("own.key"), fs::perms{0644});
    why = "expected 0600";
  }
  CHECK(host.reload() == 422);
  CHECK(host.get("/healthz").at("status") == "degraded");
  CHECK(host.get("/healthz").at("signing").at("refused") == 1);
  CHECK_THAT(std::string(host.get("/plugins").at("signing").at("refused").at(0).as_string()),
             Contains(why));
  CHECK_THAT(host.process().wait_for_line("signing: "), Contains(why) && Contains("in use stays"));
  const std::string response =
      host.post(host.sign("sna", host.request("sna", "8.14.3", hub("Pending")))).body;
  CHECK(element_text(response, "ds:X509SerialNumber") == "1");

  host.renew("4");
  CHECK(host.reload() == 200);
  CHECK(host.get("/healthz").at("status") == "ok");
  CHECK(host.signed_by() == "4");
}

TEST_CASE("serve and check refuse a signing certificate that is not in date", "[R30]") {
  SigningHost host;
  host.renew("2", k2020, k2021);
  const auto checked =
      run(sample_host_program(), {"check", "--config", host.configuration().string()});
  CHECK(checked.exit_code == 1);
  CHECK_THAT(checked.out,
             Contains("FAIL  signing: ") && Contains("own.pem: the certificate is expired"));
  const auto served =
      run(sample_host_program(), {"serve", "--config", host.configuration().string()});
  CHECK(served.exit_code == 1);
  CHECK_THAT(served.err, Contains("own.pem: the certificate is expired"));
}
