// SPDX-License-Identifier: Apache-2.0
#include "duis/crypto.hpp"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <string>

#include "client/pki.hpp"
#include "temporary_directory.hpp"
#include "text/hex.hpp"

using namespace dcc::duis;
using Catch::Matchers::Contains;

namespace {

std::string hex(std::span<const std::uint8_t> octets) {
  return dcc::text::hex({reinterpret_cast<const char*>(octets.data()), octets.size()});
}

std::string encoded(std::string_view text) {
  return base64_encode({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

template <std::size_t size>
bool decodes_to(std::string_view text, const std::array<std::uint8_t, size>& expected) {
  std::array<std::uint8_t, size> out{};
  return base64_decode(text, out) && out == expected;
}

// One P-256 key for the whole file: on disk, and as the public key.
struct Keys {
  TemporaryDirectory directory;
  KeyPtr handle{EVP_EC_gen("P-256")};
  std::filesystem::path file = directory.write(
      "key.pem", sample::pki::Identity{nullptr, KeyPtr(EVP_PKEY_dup(handle.get()))}.key_pem());
  PrivateKey private_key = PrivateKey::load(file);
  PublicKey public_key{handle.get()};
};

const Keys& keys() {
  static const Keys instance;
  return instance;
}

}  // namespace

TEST_CASE("SHA-256 of the published examples") {
  CHECK(hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("base64 of the published examples") {
  CHECK(encoded("") == "");
  CHECK(encoded("f") == "Zg==");
  CHECK(encoded("fo") == "Zm8=");
  CHECK(encoded("foo") == "Zm9v");
  CHECK(encoded("foob") == "Zm9vYg==");
  CHECK(encoded(std::string(64, '\xFF')).size() == 88);
}

TEST_CASE("base64 is decoded strictly, but white space does not count") {
  const std::array<std::uint8_t, 1> f{'f'};
  const std::array<std::uint8_t, 2> fo{'f', 'o'};
  const std::array<std::uint8_t, 3> foo{'f', 'o', 'o'};
  const std::array<std::uint8_t, 4> foob{'f', 'o', 'o', 'b'};
  CHECK(decodes_to("Zg==", f));
  CHECK(decodes_to("Zm8=", fo));
  CHECK(decodes_to("Zm9v", foo));
  CHECK(decodes_to("Zm9vYg==", foob));
  CHECK(decodes_to("\r\n Zm\t9v\r\nYg=\n=  ", foob));

  std::array<std::uint8_t, 4> out{};
  for (const char* wrong : {"", "Zg==", "Zm9vYmFy", "Zm9vYmE=", "Zm9vYg", "Zm9vYg=", "Zm9vYg===",
                            "Zm9vYh==", "Zm9=Yg==", "Zm9v=Yg=", "=m9vYg==", "Zm9v-g==", "Zm9v_w==",
                            "Zm9vYg==x", "Zm9vY===", "Zm9v====", "Zm9v\xC2\xA0==", "Zm9v\vYg=="}) {
    INFO(wrong);
    CHECK_FALSE(base64_decode(wrong, out));
  }
  CHECK_FALSE(base64_decode(std::string("Zm9vYg=\0", 8), out));
}

TEST_CASE("What a key signs, its public key verifies, and nothing else") {
  const std::string message = "a message";
  const RawSignature signature = keys().private_key.sign(message);
  CHECK(keys().public_key.verify(message, signature));
  CHECK_FALSE(keys().public_key.verify("a massage", signature));
  CHECK_FALSE(keys().public_key.verify("", signature));

  for (const std::size_t octet : {0U, 31U, 32U, 63U}) {
    RawSignature changed = signature;
    changed[octet] ^= 1;
    CHECK_FALSE(keys().public_key.verify(message, changed));
  }
  const KeyPtr other(EVP_EC_gen("P-256"));
  CHECK_FALSE(PublicKey(other.get()).verify(message, signature));
  CHECK(keys().private_key.matches(keys().public_key));
  CHECK_FALSE(keys().private_key.matches(PublicKey(other.get())));
}

TEST_CASE("r and s keep their width when they begin with zeros") {
  int with_zero = 0;
  for (int i = 0; i < 4000 && with_zero < 2; ++i) {
    const std::string message = std::to_string(i);
    const RawSignature signature = keys().private_key.sign(message);
    if (signature[0] != 0 && signature[32] != 0) continue;
    ++with_zero;
    CHECK(keys().public_key.verify(message, signature));
  }
  CHECK(with_zero == 2);
}

TEST_CASE("r or s out of range never verifies") {
  const std::string message = "a message";
  const RawSignature good = keys().private_key.sign(message);
  std::array<std::uint8_t, 32> order;
  const std::unique_ptr<EC_GROUP, OpenSslDeleter<EC_GROUP_free>> group(
      EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  REQUIRE(BN_bn2binpad(EC_GROUP_get0_order(group.get()), order.data(), 32) == 32);
  std::array<std::uint8_t, 32> zero{};
  std::array<std::uint8_t, 32> ones;
  ones.fill(0xFF);

  for (const auto& wrong : {zero, order, ones}) {
    for (const std::ptrdiff_t half : {0, 32}) {
      RawSignature signature = good;
      std::copy(wrong.begin(), wrong.end(), signature.begin() + half);
      CHECK_FALSE(keys().public_key.verify(message, signature));
    }
    RawSignature both{};
    std::copy(wrong.begin(), wrong.end(), both.begin());
    std::copy(wrong.begin(), wrong.end(), both.begin() + 32);
    CHECK_FALSE(keys().public_key.verify(message, both));
  }
}

TEST_CASE("Only P-256 keys are taken") {
  for (const char* curve : {"P-384", "secp256k1"}) {
    const KeyPtr key(EVP_EC_gen(curve));
    CHECK_THROWS_WITH(PublicKey(key.get()), Contains("expected P-256"));
  }
  const KeyPtr rsa(EVP_RSA_gen(2048U));
  CHECK_THROWS_WITH(PublicKey(rsa.get()), Contains("key type RSA"));
}

TEST_CASE("A private key file is refused by name") {
  const TemporaryDirectory directory;
  const auto pem = sample::pki::Identity{nullptr, KeyPtr(EVP_EC_gen("P-256"))}.key_pem();

  SECTION("that others may read") {
    const auto file = directory.write("key.pem", pem, 0640);
    CHECK_THROWS_WITH(PrivateKey::load(file),
                      Contains(file.string()) && Contains("0640") && Contains("expected 0600"));
  }
  SECTION("that is not there") {
    const auto file = directory.path() / "none.pem";
    CHECK_THROWS_WITH(PrivateKey::load(file), Contains(file.string()) && Contains("No such file"));
  }
  SECTION("that is not a file") {
    const auto file = directory.path() / "fifo.pem";
    REQUIRE(mkfifo(file.c_str(), 0600) == 0);
    CHECK_THROWS_WITH(PrivateKey::load(file), Contains("not a regular file"));
    CHECK_THROWS_WITH(PrivateKey::load(directory.path()), Contains("not a regular file"));
  }
  SECTION("that holds no key") {
    const auto file = directory.write("key.pem", "no key\n");
    CHECK_THROWS_WITH(PrivateKey::load(file), Contains(file.string()) && Contains("not an"));
    CHECK_THROWS_AS(PrivateKey::load(directory.write("empty.pem", "")), CryptoError);
    CHECK_THROWS_AS(PrivateKey::load(directory.write("half.pem", pem.substr(0, 100))), CryptoError);
  }
  SECTION("that holds a key on another curve") {
    const auto file = directory.write(
        "key.pem", sample::pki::Identity{nullptr, KeyPtr(EVP_EC_gen("P-521"))}.key_pem());
    CHECK_THROWS_WITH(PrivateKey::load(file),
                      Contains(file.string()) && Contains("expected P-256"));
  }
  SECTION("unless everything is right") {
    CHECK_NOTHROW(PrivateKey::load(directory.write("key.pem", pem, 0400)));
  }
}
