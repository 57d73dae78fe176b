// SPDX-License-Identifier: Apache-2.0
//
// What the benchmarks work on: Users with keys and certificates, and signed requests of both SRVs,
// made anew in a directory that goes with the object. Immutable once made; any thread.
#pragma once

#include <openssl/types.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "client/pki.hpp"
#include "duis/credentials.hpp"
#include "duis/identifiers.hpp"

namespace bench {

// Prints why, and ends the program.
[[noreturn]] void fail(std::string_view why);

inline constexpr std::int64_t kNow = 1'800'000'000'000;  // within the certificates' time
inline constexpr dcc::duis::Eui64 kBroker{0x90B3D51F30000002};

class World {
 public:
  static constexpr std::size_t kUsers = 8;

  // `requests`: how many, all different, each User's in turn, about hubs numbered from 0.
  explicit World(std::size_t requests);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  const std::filesystem::path& directory() const { return directory_; }
  std::filesystem::path credentials_directory() const { return directory_ / "credentials"; }
  std::filesystem::path certificate_file(std::size_t user) const;
  std::filesystem::path key_file(std::size_t user) const;

  const dcc::duis::Credentials& credentials() const { return *credentials_; }
  // Signs the responses.
  const dcc::duis::Signer& signer() const { return signers_[kUsers]; }
  EVP_PKEY* signer_key() const { return identities_[kUsers].key.get(); }
  std::filesystem::path signer_key_file() const { return key_file(kUsers); }

  static dcc::duis::Eui64 user(std::size_t i) { return {0x90B3D51F30010000 + i}; }
  // Of a User's certificate, decimal.
  static std::string serial(std::size_t user) { return std::to_string(1000 + user); }
  static dcc::duis::Eui64 hub(std::size_t i) { return {0x00DB123400000000 + i}; }
  // Signed; `number` makes its RequestID, User and SRV.
  std::string request(std::size_t number, std::size_t hub) const;

  static std::size_t user_of(std::size_t request) { return request % kUsers; }
  EVP_PKEY* key(std::size_t user) const { return identities_[user].key.get(); }
  const std::vector<std::string>& requests() const { return requests_; }

 private:
  std::filesystem::path directory_;
  std::vector<sample::pki::Identity> identities_;  // the Users, then the host
  std::unique_ptr<dcc::duis::Credentials> credentials_;
  std::vector<dcc::duis::Signer> signers_;  // likewise
  std::vector<std::string> requests_;
};

}  // namespace bench
