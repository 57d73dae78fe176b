// SPDX-License-Identifier: Apache-2.0
//
// No memory that is given back holds a key's text. This program's own operator delete looks at all
// of it.
#include <malloc.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <new>

#include "client/pki.hpp"
#include "duis/certificate_file.hpp"
#include "duis/crypto.hpp"
#include "temporary_directory.hpp"

using namespace dcc::duis;

namespace {

// Looked for in everything that is freed; nothing while it is empty. Not on the heap itself.
std::array<char, 32> wanted{};
std::size_t wanted_size = 0;
std::size_t seen = 0;

void give_back(void* memory) {
  if (memory != nullptr && wanted_size != 0 &&
      ::memmem(memory, ::malloc_usable_size(memory), wanted.data(), wanted_size) != nullptr)
    ++seen;
  std::free(memory);
}

// Counts the blocks that are freed with `text` in them.
class Watch {
 public:
  explicit Watch(std::string_view text) {
    REQUIRE(text.size() >= wanted.size());
    std::copy_n(text.begin(), wanted.size(), wanted.begin());
    seen = 0;
    wanted_size = wanted.size();
  }
  ~Watch() { wanted_size = 0; }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  std::size_t blocks() const { return seen; }
};

// From the middle of a key's PEM text, where it is the secret number.
std::string_view secret_of(std::string_view pem) {
  return pem.substr(pem.find('\n') + 1 + 48);
}

}  // namespace

// All that are not for a special alignment: a sanitizer's own know nothing of each other's blocks.
void* operator new(std::size_t size) {
  void* memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void* operator new[](std::size_t size) {
  return ::operator new(size);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return std::malloc(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return std::malloc(size);
}
void operator delete(void* memory) noexcept {
  give_back(memory);
}
void operator delete[](void* memory) noexcept {
  give_back(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  give_back(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  give_back(memory);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept {
  give_back(memory);
}
void operator delete[](void* memory, const std::nothrow_t&) noexcept {
  give_back(memory);
}

TEST_CASE("A text that is no secret is found in what it leaves behind") {
  const auto pem = sample::pki::Identity{nullptr, KeyPtr(EVP_EC_gen("P-256"))}.key_pem();
  const Watch watch(secret_of(pem));
  { const std::string careless(pem); }
  CHECK(watch.blocks() == 1);
}

TEST_CASE("A secret text leaves nothing behind") {
  const auto pem = sample::pki::Identity{nullptr, KeyPtr(EVP_EC_gen("P-256"))}.key_pem();
  const Watch watch(secret_of(pem));
  {
    SecretText text(pem);
    text.append(2 * text.capacity(), ' ');  // moves
    text = SecretText(pem);
    try {
      const SecretText copy(text);
      throw CryptoError("on the way");
    } catch (const CryptoError&) {
    }
  }
  CHECK(watch.blocks() == 0);
}

TEST_CASE("Writing and reading a key leaves nothing behind") {
  const TemporaryDirectory directory;
  const sample::pki::Identity identity{nullptr, KeyPtr(EVP_EC_gen("P-256"))};
  const auto pem = identity.key_pem();
  const Watch watch(secret_of(pem));
  const auto file = directory.path() / "new.key";
  sample::pki::write_new_file(file, identity.key_pem(), 0600);
  CHECK_NOTHROW(read_private_key(file));
  CHECK_NOTHROW(PrivateKey::load(file));
  CHECK(watch.blocks() == 0);
}

TEST_CASE("A key that is refused leaves nothing behind") {
  const TemporaryDirectory directory;
  const auto pem = sample::pki::Identity{nullptr, KeyPtr(EVP_EC_gen("P-521"))}.key_pem();
  const auto other_curve = directory.write("other.key", pem);
  const auto half = directory.write("half.key", std::string_view(pem).substr(0, pem.size() / 2));
  const auto no_certificate = directory.write("key.pem", pem, 0644);
  const Watch watch(secret_of(pem));
  CHECK_THROWS_AS(PrivateKey::load(other_curve), CryptoError);
  CHECK_THROWS_AS(read_private_key(half), CryptoError);
  CHECK_THROWS_AS(read_certificates(no_certificate), CryptoError);
  CHECK(watch.blocks() == 0);
}
