// SPDX-License-Identifier: Apache-2.0
//
// Private keys stay where they are: read only if nobody else can, in no log, no answer and no
// error.
#include <sys/stat.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "duis/crypto.hpp"
#include "duis/openssl.hpp"
#include "faulty_host.hpp"

using namespace support;
using namespace faults;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

// What must not be seen of a key file: lines of its text, and the scalar in the usual spellings.
std::vector<std::string> spellings_of(const fs::path& key_file) {
  const std::string pem = read_file(key_file);
  std::vector<std::string> out;
  std::size_t begin = 0;
  for (auto end = pem.find('\n'); end != std::string::npos; end = pem.find('\n', begin)) {
    const std::string line = pem.substr(begin, end - begin);
    begin = end + 1;
    if (line.find("-----") != std::string::npos) continue;
    // Also a part of a line, as a library might quote it. The first one says only what sort of key.
    for (std::size_t at = out.empty() ? 36 : 0; at + 16 <= line.size(); at += 16) {
      out.push_back(line.substr(at, 16));
    }
  }
  const dcc::duis::KeyPtr key(PEM_read_bio_PrivateKey(dcc::duis::text_reader(pem).get(), nullptr,
                                                      dcc::duis::no_password, nullptr));
  REQUIRE(key);
  BIGNUM* number = nullptr;
  REQUIRE(EVP_PKEY_get_bn_param(key.get(), OSSL_PKEY_PARAM_PRIV_KEY, &number) == 1);
  const dcc::duis::BignumPtr scalar(number);
  std::array<std::uint8_t, 32> octets{};
  REQUIRE(BN_bn2binpad(scalar.get(), octets.data(), static_cast<int>(octets.size())) == 32);
  std::string lower, upper;
  for (const std::uint8_t octet : octets) {
    std::array<char, 3> text{};
    std::snprintf(text.data(), text.size(), "%02x", static_cast<unsigned>(octet));
    lower += text.data();
    std::snprintf(text.data(), text.size(), "%02X", static_cast<unsigned>(octet));
    upper += text.data();
  }
  out.push_back(lower.substr(0, 32));
  out.push_back(upper.substr(0, 32));
  out.push_back(dcc::duis::base64_encode(octets).substr(0, 40));
  out.emplace_back(reinterpret_cast<const char*>(octets.data()), octets.size());
  return out;
}

// Every key of a host's world.
std::vector<std::string> spellings_of_all(HostFixture& host) {
  std::vector<std::string> all;
  for (const auto& entry : fs::directory_iterator(host.directory() / "keys")) {
    const auto more = spellings_of(entry.path());
    all.insert(all.end(), more.begin(), more.end());
  }
  REQUIRE(all.size() > 100);
  return all;
}

void check_free_of(const std::vector<std::string>& secrets, const std::string& text) {
  std::size_t found = 0;
  for (const auto& secret : secrets) {
    if (text.find(secret) != std::string::npos) ++found;
  }
  CHECK(found == 0);
  CHECK_THAT(text, !Contains("-----BEGIN"));
}

// What a program says about a key file that it is to use.
std::string complaint(const HostFixture& host, const fs::path& key) {
  const auto certificate = (host.directory() / "certificates" / "eis.pem").string();
  const Finished finished =
      run(duis_client_program(),
          {"send", "--url", "http://127.0.0.1:1", "--key", key.string(), "--cert", certificate,
           "--srv", "8.14.3", "--device", hub("Pending"), "--target", kBroker});
  CHECK(finished.exit_code != 0);
  return finished.out + finished.err;
}

std::string serve(const HostFixture& host) {
  const Finished finished =
      run(sample_host_program(), {"serve", "--config", host.configuration().string()});
  CHECK(finished.exit_code == 1);
  return finished.out + finished.err;
}

}  // namespace

TEST_CASE("Secrets - the search finds a key where there is one") {
  HostFixture host(HostFixture::Options{});
  const fs::path key = host.credentials().key("dcc");
  const auto secrets = spellings_of(key);
  const std::string text = read_file(key);
  CHECK(std::count_if(secrets.begin(), secrets.end(), [&](const std::string& secret) {
          return text.find(secret) != std::string::npos;
        }) >= 6);
}

TEST_CASE("Secrets - a log at level trace and every answer are free of keys") {
  HostFixture host(HostFixture::Options{});
  write_file(host.configuration(), read_file(host.configuration()) + "[log]\nlevel = trace\n");
  host.start();
  const auto secrets = spellings_of_all(host);
  std::string seen;
  for (const char* user : {"eis", "sna", "es", "unknown", "suspended"}) {
    const auto fields = host.request(user, "8.14.3", hub("Pending"));
    const std::string document = host.sign(user, fields);
    seen += host.post(document).body;
    seen += host.post(edited(document, "Damaged case", "Water damage")).body;
    seen += host.post(document, "serviceS").body;
  }
  // A key that lies among the certificates, and a message that is a key.
  fs::copy_file(host.credentials().key("dcc"), host.credentials().known() / "dcc-key.pem");
  CHECK(host.reload() == 422);
  for (const char* call :
       {"/healthz", "/plugins", "/handlers", "/outcomes", "/returns", "/audit"}) {
    seen += host.admin("GET", call).body;
  }
  seen += host.admin("POST", "/reload").body;
  seen += host.post(read_file(host.credentials().key("eis"))).body;
  host.process().signal(SIGHUP);
  host.process().wait_for_line("handlers live");
  const Finished finished = host.stop();
  check_free_of(secrets, seen);
  check_free_of(secrets, finished.out + finished.err);
}

TEST_CASE("Secrets - no error about a key file quotes it") {
  HostFixture host(HostFixture::Options{});
  const auto secrets = spellings_of_all(host);
  const std::string whole = read_file(host.credentials().key("eis"));
  const fs::path bad = host.directory() / "bad.key";
  for (const std::string& content :
       {whole.substr(0, whole.size() / 2), edited(whole, "PRIVATE KEY", "SECRET KEY"),
        whole.substr(whole.find('\n')), edited(whole, "\n", "\n\n"),
        read_file(host.credentials().key("sna"))}) {
    write_file(bad, content);
    fs::permissions(bad, fs::perms::owner_read | fs::perms::owner_write);
    const std::string client = complaint(host, bad);
    check_free_of(secrets, client);
    const std::string before = read_file(host.configuration());
    write_file(host.configuration(), edited(before, "keys/dcc.key", "bad.key"));
    const std::string said = serve(host);
    CHECK_THAT(said, Contains(bad.string()));
    check_free_of(secrets, said);
    write_file(host.configuration(), before);
  }
}

TEST_CASE("Secrets - a key that others may read is refused by host and client") {
  HostFixture host(HostFixture::Options{});
  const fs::path client_key = host.credentials().key("eis");
  const fs::path host_key = host.credentials().key("dcc");
  for (const mode_t mode : {0640U, 0604U, 0660U, 0644U}) {
    INFO(mode);
    REQUIRE(::chmod(client_key.c_str(), mode) == 0);
    REQUIRE(::chmod(host_key.c_str(), mode) == 0);
    CHECK_THAT(complaint(host, client_key),
               Contains(client_key.string()) && Contains("lets others in, expected 06"));
    CHECK_THAT(serve(host), Contains(host_key.string()) && Contains("lets others in"));
  }
}

TEST_CASE("Secrets - the memory of the host is not dumped") {
  FaultyHost host;
  host.start_with_shim();
  CHECK(host.answer("sna", "8.14.3", hub("Pending")) == "I99");
  CHECK(host.switches().dumpable == 0);
}
