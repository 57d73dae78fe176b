// SPDX-License-Identifier: Apache-2.0
//
// The TLS of the DUIS listener, judged by the programs of others: openssl and curl. What cannot be
// seen from a refused handshake alone is judged by whether a request was answered.
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "support/host_fixture.hpp"

using namespace support;
using Catch::Matchers::Contains;

namespace {

namespace fs = std::filesystem;

constexpr const char* kProbe = "GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
constexpr const char* kProbed = "HTTP/1.1 404 ";

HostFixture::Options with_tls(const std::string& keys) {
  HostFixture::Options options;
  options.tls = HostFixture::tls(keys);
  return options;
}

struct TlsHost : HostFixture {
  explicit TlsHost(const std::string& keys) : HostFixture(with_tls(keys)) {}

  std::string file(const std::string& name) const { return (directory() / name).string(); }

  // A member as the client of a connection.
  std::string as(const std::string& name) {
    return " -cert " + credentials().certificate(name).string() + " -key " +
           credentials().key(name).string();
  }

  // All that `openssl s_client` says when these octets are sent.
  std::string s_client(const std::string& options, const std::string& octets = kProbe) const {
    write_file(file("octets"), octets);
    const auto finished =
        run("sh", {"-c", "openssl s_client -connect 127.0.0.1:" + std::to_string(http_port()) +
                             " -CAfile " + file("ca.pem") + " -ign_eof " + options + " < " +
                             file("octets") + " 2>&1"});
    return finished.out;
  }

  // A signed request as octets of HTTP.
  std::string request_octets(const std::string& user) {
    const std::string document = sign(user, request(user, "8.14.3", hub("Pending")));
    return "POST /api/v1/serviceD HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
           "Content-Type: application/xml\r\nContent-Length: " +
           std::to_string(document.size()) + "\r\n\r\n" + document;
  }
};

std::string tls_of(const fs::path& certificate, const fs::path& key) {
  return " -cert " + certificate.string() + " -key " + key.string();
}

// A certificate of a CA that is not the host's, in files that begin with `name`.
std::string issue(const fs::path& directory, const std::string& name,
                  const sample::pki::Identity& ca, const sample::pki::CertificateOptions& options) {
  const auto identity = sample::pki::make_certificate(ca, options);
  const fs::path certificate = directory / (name + ".pem");
  const fs::path key = directory / (name + ".key");
  sample::pki::write_new_file(certificate, identity.certificate_pem(), 0644);
  sample::pki::write_new_file(key, identity.key_pem(), 0600);
  return tls_of(certificate, key);
}

}  // namespace

TEST_CASE("TLS 1.2 and 1.3 are spoken, older versions are not", "[R25]") {
  TlsHost host("");
  host.start();
  CHECK_THAT(host.s_client("-tls1_3"), Contains(kProbed) && Contains("Verify return code: 0 (ok)"));
  CHECK_THAT(host.s_client("-tls1_2"), Contains(kProbed) && Contains("Compression: NONE") &&
                                           Contains("Secure Renegotiation IS supported"));
  for (const char* old : {"-tls1", "-tls1_1"}) {
    const auto said = host.s_client(std::string(old) + " -cipher DEFAULT@SECLEVEL=0");
    CHECK_THAT(said, Contains("protocol version") && !Contains("HTTP/"));
  }
}

TEST_CASE("With min_version 1.3 TLS 1.2 is refused", "[R25]") {
  TlsHost host("min_version = 1.3\n");
  host.start();
  CHECK_THAT(host.s_client("-tls1_3"), Contains(kProbed));
  CHECK_THAT(host.s_client("-tls1_2"), Contains("protocol version") && !Contains("HTTP/"));
}

TEST_CASE("Of TLS 1.2 only ephemeral keys with authenticated encryption are spoken", "[R25]") {
  TlsHost host("");
  host.start();
  for (const char* good : {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
                           "ECDHE-ECDSA-CHACHA20-POLY1305"}) {
    CHECK_THAT(host.s_client(std::string("-tls1_2 -cipher ") + good),
               Contains(kProbed) && Contains(good));
  }
  for (const char* bad : {"ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES128-SHA256", "AES128-SHA",
                          "AES128-GCM-SHA256", "DHE-RSA-AES128-GCM-SHA256", "PSK-AES128-CBC-SHA",
                          "ECDHE-ECDSA-NULL-SHA", "AECDH-AES128-SHA", "ECDHE-ECDSA-AES128-CCM"}) {
    CAPTURE(bad);
    CHECK_THAT(host.s_client("-tls1_2 -cipher " + std::string(bad) + ":@SECLEVEL=0"),
               !Contains("HTTP/"));
  }
}

TEST_CASE("A client renegotiating ends its connection", "[R25]") {
  TlsHost host("");
  host.start();
  // s_client takes a line R as the order to renegotiate, unless -ign_eof stands before it.
  const auto finished =
      run("sh", {"-c", "printf 'R\\n' | openssl s_client -tls1_2 -connect 127.0.0.1:" +
                           std::to_string(host.http_port()) + " 2>&1"});
  CHECK_THAT(finished.out, Contains("RENEGOTIATING") && Contains("no renegotiation"));
}

TEST_CASE("With client_ca a client needs a certificate of that CA that is in date", "[R25]") {
  TlsHost host("client_ca = ca.pem\n");
  sample::pki::CertificateOptions expired;
  expired.not_before = 1'577'836'800'000;
  expired.not_after = 1'609'459'200'000;
  host.credentials().issue("expired", expired, Credentials::Known::no);
  const auto stranger =
      issue(host.directory(), "stranger", sample::pki::make_ca("CN=Z1,OU=07"), {});
  host.start();
  for (const std::string version : {"-tls1_2", "-tls1_3"}) {
    CAPTURE(version);
    CHECK_THAT(host.s_client(version + host.as("sna")), Contains(kProbed));
    CHECK_THAT(host.s_client(version), Contains("alert") && !Contains("HTTP/"));
    CHECK_THAT(host.s_client(version + stranger), Contains("alert") && !Contains("HTTP/"));
    CHECK_THAT(host.s_client(version + tls_of(host.credentials().certificate(
                                                  "expired", Credentials::Known::no),
                                              host.credentials().key("expired"))),
               Contains("certificate expired") && !Contains("HTTP/"));
  }
  host.process().wait_for_line("tls: no handshake with 127.0.0.1:");
}

TEST_CASE("Why a client's certificate is refused stands in the log, and which one it is", "[R30]") {
  TlsHost host("client_ca = ca.pem\n");
  sample::pki::CertificateOptions expired;
  expired.not_before = 1'577'836'800'000;
  expired.not_after = 1'609'459'200'000;
  host.credentials().issue("expired", expired, Credentials::Known::no);
  const auto other = sample::pki::make_ca("CN=Other");
  const auto stranger = issue(host.directory(), "stranger", other, {});
  host.start();
  const std::pair<std::string, std::string> refused[] = {
      {"", "peer did not return a certificate"},
      {stranger,
       "unable to get local issuer certificate: certificate of "
       "x500UniqueIdentifier=#0309000000000000000000,OU=02, issued by CN=Other"},
      {tls_of(host.credentials().certificate("expired", Credentials::Known::no),
              host.credentials().key("expired")),
       "certificate has expired: certificate of "},
      {tls_of(host.file("server.pem"), host.file("keys/server.key")),
       "certificate purpose: certificate of CN=dcc-sample-host, issued by CN=Z1,OU=07"}};
  for (const std::string version : {"-tls1_2", "-tls1_3"})
    for (const auto& [client, why] : refused) {
      CAPTURE(version, why);
      host.s_client(version + client);
      CHECK_THAT(host.process().wait_for_line("tls: no handshake with 127.0.0.1:"), Contains(why));
    }
}

TEST_CASE("duis-client sends the CAs' certificates with its own, and says why it is not answered",
          "[R29]") {
  TlsHost host("client_ca = ca.pem\n");
  const auto root = sample::pki::make_ca("CN=Root");
  const auto issuing = sample::pki::make_ca("CN=Issuing", {.issuer = &root});
  issue(host.directory(), "leaf", issuing, {});
  write_file(host.file("chain.pem"), read_file(host.file("leaf.pem")) + issuing.certificate_pem());
  write_file(host.file("root.pem"), root.certificate_pem());
  write_file(host.configuration(),
             edited(read_file(host.configuration()), "client_ca = ca.pem", "client_ca = root.pem"));
  host.start();
  const auto send = [&](const std::string& certificate, const std::string& ca,
                        const std::string& server) {
    return run(duis_client_program(),
               {"send", "--url", "https://" + server + ":" + std::to_string(host.http_port()),
                "--key", host.credentials().key("sna").string(), "--cert",
                host.credentials().certificate("sna").string(), "--srv", "8.14.3", "--device",
                hub("Pending"), "--timeout", "60", "--cacert", host.file(ca), "--tls-cert",
                host.file(certificate), "--tls-key", host.file("leaf.key")});
  };
  CHECK_THAT(send("chain.pem", "ca.pem", "127.0.0.1").out, Contains("I99"));
  const auto alone = send("leaf.pem", "ca.pem", "127.0.0.1");
  CHECK(alone.exit_code == 3);
  CHECK_THAT(
      host.process().wait_for_line("tls: no handshake with 127.0.0.1:"),
      Contains("unable to get local issuer certificate") && Contains("issued by CN=Issuing"));
  CHECK_THAT(send("chain.pem", "root.pem", "127.0.0.1").err,
             Contains("unable to get local issuer certificate: certificate of "
                      "CN=dcc-sample-host, issued by CN=Z1,OU=07"));
  CHECK_THAT(send("chain.pem", "ca.pem", "127.1").err, Contains("ostname mismatch"));
  // A CA that is named is trusted, though another one signed it; here, that of the server.
  const auto served = sample::pki::make_server_certificate(issuing, "IP:127.0.0.1");
  write_file(host.file("server.pem"), served.certificate_pem());
  write_file(host.file("keys/server.key"), served.key_pem());
  fs::permissions(host.file("keys/server.key"), fs::perms{0600});
  REQUIRE(host.reload() == 200);
  write_file(host.file("issuing.pem"), issuing.certificate_pem());
  CHECK_THAT(send("chain.pem", "issuing.pem", "127.0.0.1").out, Contains("I99"));
}

TEST_CASE("A resumed session is the same client's, with tickets and with session ids", "[R25]") {
  TlsHost host("client_ca = ca.pem\nbind_originator = on\n");
  host.start();
  const std::string how = GENERATE("-tls1_3", "-tls1_2", "-tls1_2 -no_ticket");
  CAPTURE(how);
  const auto session = host.file("session");
  CHECK_THAT(host.s_client(how + host.as("sna") + " -sess_out " + session), Contains(kProbed));
  // Without the certificate this time: what the host knows of the client is the session's.
  const auto said = host.s_client(how + " -sess_in " + session, host.request_octets("sna"));
  CHECK_THAT(said, Contains("Reused, TLSv1.") && Contains("<sr:ResponseCode>I99<"));
  const auto other = host.s_client(how + " -sess_in " + session, host.request_octets("eis"));
  CHECK_THAT(other, Contains("Reused, TLSv1.") && Contains("HTTP/1.1 403 "));
}

TEST_CASE("A session from before a reload is not resumed", "[R25]") {
  TlsHost host("client_ca = ca.pem\n");
  host.start();
  const auto session = host.file("session");
  const std::string how = GENERATE("-tls1_3", "-tls1_2");
  CHECK_THAT(host.s_client(how + host.as("sna") + " -sess_out " + session), Contains(kProbed));
  CHECK(host.reload() == 200);
  const auto said = host.s_client(how + host.as("sna") + " -sess_in " + session);
  CHECK_THAT(said, Contains(kProbed) && Contains("New, TLSv1."));
}

TEST_CASE("With bind_originator a request must come from whom the connection is by", "[R25]") {
  const auto other_ca = sample::pki::make_ca("CN=Z2,OU=07");
  const bool bound = GENERATE(true, false);
  TlsHost host(std::string("client_ca = both.pem\nbind_originator = ") +
               (bound ? "on\n" : "off\n"));
  write_file(host.file("both.pem"), read_file(host.file("ca.pem")) + other_ca.certificate_pem());
  sample::pki::CertificateOptions nobody;
  nobody.identifier = sample::pki::CertificateOptions::Identifier::absent;
  const auto nameless = issue(host.directory(), "nameless", other_ca, nobody);
  host.start();
  CHECK_THAT(host.s_client(host.as("sna"), host.request_octets("sna")),
             Contains("<sr:ResponseCode>I99<"));
  const auto borrowed = host.s_client(host.as("eis"), host.request_octets("sna"));
  const auto unnamed = host.s_client(nameless, host.request_octets("sna"));
  if (bound) {
    CHECK_THAT(borrowed, Contains("HTTP/1.1 403 ") && Contains("not the originator's") &&
                             Contains(eui_of("eis")));
    CHECK_THAT(unnamed, Contains("HTTP/1.1 403 ") && Contains("names no EUI-64"));
    CHECK(host.outcomes().size() == 1);
  } else {
    CHECK_THAT(borrowed, Contains("<sr:ResponseCode>I99<"));
    CHECK_THAT(unnamed, Contains("<sr:ResponseCode>I99<"));
  }
}

TEST_CASE("curl sends requests through mutual TLS, and plain HTTP gets nowhere", "[R25]") {
  TlsHost host("client_ca = ca.pem\n");
  host.start();
  write_file(host.file("request.xml"),
             host.sign("sna", host.request("sna", "8.14.3", hub("Pending"))));
  const auto curl = [&](const std::string& scheme, std::vector<std::string> with) {
    with.insert(with.end(),
                {"-sS", "--cacert", host.file("ca.pem"), "-H", "Content-Type: application/xml",
                 "--data-binary", "@" + host.file("request.xml"),
                 scheme + "://localhost:" + std::to_string(host.http_port()) + "/api/v1/serviceD"});
    return run("curl", with);
  };
  const std::vector<std::string> mutual{"-4", "--cert",
                                        host.credentials().certificate("sna").string(), "--key",
                                        host.credentials().key("sna").string()};
  CHECK_THAT(curl("https", mutual).out, Contains("<sr:ResponseCode>I99<"));
  CHECK(curl("https", {"-4"}).exit_code != 0);
  const auto plain = curl("http", {"-4"});
  CHECK(plain.exit_code != 0);
  CHECK(plain.out.empty());
}

TEST_CASE("duis-client sends through mutual TLS", "[R29]") {
  TlsHost host("client_ca = ca.pem\n");
  host.start();
  const auto send = [&](const std::string& name, std::vector<std::string> with) {
    with.insert(with.begin(),
                {"send", "--url", "https://" + name + ":" + std::to_string(host.http_port()),
                 "--key", host.credentials().key("sna").string(), "--cert",
                 host.credentials().certificate("sna").string(), "--srv", "8.14.3", "--device",
                 hub("Pending"), "--timeout", "60"});
    return run(duis_client_program(), with);
  };
  const std::vector<std::string> mutual{
      "--cacert",   host.file("ca.pem"),
      "--tls-cert", host.credentials().certificate("eis").string(),
      "--tls-key",  host.credentials().key("eis").string()};
  CHECK_THAT(send("127.0.0.1", mutual).out, Contains("I99"));
  const auto uncertified = send("127.0.0.1", {"--cacert", host.file("ca.pem")});
  CHECK(uncertified.exit_code == 3);
  CHECK_THAT(uncertified.err, Contains("no answer from https://127.0.0.1:"));
  // The server's certificate is not of a CA that the system knows; nor is it for this name of it.
  CHECK(send("127.0.0.1", {}).exit_code == 3);
  CHECK_THAT(send("127.1", mutual).err, Contains("certificate verify failed"));
  const auto half = send("127.0.0.1", {"--tls-cert", "x.pem"});
  CHECK(half.exit_code == 1);
  CHECK_THAT(half.err, Contains("--tls-key"));
}

TEST_CASE("check and serve refuse TLS files that cannot be used, and say why", "[R30]") {
  TlsHost host("client_ca = ca.pem\n");
  const auto command = [&](const std::string& name) {
    return run(sample_host_program(), {name, "--config", host.configuration().string()});
  };
  CHECK_THAT(command("check").out,
             Contains("ok    tls: certificate and key belong together, clients need a certificate "
                      "of " +
                      host.file("ca.pem")));
  fs::permissions(host.file("keys/server.key"), fs::perms(0644));
  const auto checked = command("check");
  CHECK(checked.exit_code == 1);
  CHECK_THAT(checked.out, Contains("FAIL  tls: " + host.file("keys/server.key") + ": mode 0644"));
  const auto served = command("serve");
  CHECK(served.exit_code == 1);
  CHECK_THAT(served.err, Contains(host.file("keys/server.key") + ": mode 0644"));
}

TEST_CASE("The pki command makes what a TLS server needs", "[R29]") {
  const TempDirectory directory;
  const auto out = directory.path().string();
  const auto made = run(duis_client_program(), {"pki", "--out", out, "--server", "localhost",
                                                "--server", "127.0.0.1", eui_of("eis") + "=eis"});
  REQUIRE(made.exit_code == 0);
  CHECK_THAT(made.out, Contains("server " + out + "/server.pem " + out + "/keys/server.key"));
  const auto verified =
      run("openssl", {"verify", "-purpose", "sslserver", "-verify_hostname", "localhost", "-CAfile",
                      out + "/ca.pem", out + "/server.pem"});
  CHECK(verified.exit_code == 0);
  for (const std::string bad : {"a,b", "", "DNS:x", "a b"}) {
    const auto refused =
        run(duis_client_program(), {"pki", "--out", out + "/x" + std::to_string(bad.size()),
                                    "--server=" + bad, eui_of("eis") + "=eis"});
    CAPTURE(bad);
    CHECK(refused.exit_code == 1);
  }
}
