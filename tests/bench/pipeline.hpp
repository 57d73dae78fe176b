// SPDX-License-Identifier: Apache-2.0
//
// What is compared: the way of a request in process, octets in to octets out, without HTTP and
// store; and the floor, the cryptography in it alone. Each object serves one thread at a time.
#pragma once

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/world.hpp"
#include "duis/reader.hpp"
#include "duis/request_view.hpp"
#include "host/plugin_directory.hpp"

namespace bench {

// What a host knows beforehand for a request: its hub is there and Pending, its agent confirmed.
dcc::host::Facts easy_facts(const dcc_request& request);

// The built ch-returns.so with the shipped settings, loaded as by any host.
class LoadedPlugin {
 public:
  explicit LoadedPlugin(const World& world);
  const dcc::host::LiveHandlers& registry() const { return registry_; }

 private:
  dcc::host::LiveHandlers registry_;
  std::unique_ptr<dcc::host::PluginDirectory> plugins_;
};

// Read + validate + canonicalise, verify, decide in the plugin, write and sign the response.
class Pipeline {
 public:
  Pipeline(const World& world, const dcc::host::LiveHandlers& registry,
           const dcc::duis::Schema& schema)
      : world_(world), registry_(registry), reader_(schema) {}

  // The response to a request that must be accepted.
  std::string answer(const std::string& request);

 private:
  const World& world_;
  const dcc::host::LiveHandlers& registry_;
  dcc::duis::Reader reader_;
  dcc::duis::RequestView view_;
};

// SHA-256 of the request's and the response's canonical octets and SignedInfo, one ECDSA P-256
// verification and one signature: OpenSSL's EVP with everything prepared.
class Floor {
 public:
  explicit Floor(const World& world);
  void work(std::size_t i);

 private:
  struct Free {
    void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
    void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
  };
  using Context = std::unique_ptr<EVP_PKEY_CTX, Free>;
  struct Document {
    std::string canonical, signed_info;
    std::vector<unsigned char> signature;  // DER
    Context verify;
  };

  static Context context(EVP_PKEY* key, int (*init)(EVP_PKEY_CTX*));
  std::vector<unsigned char> sign(EVP_PKEY_CTX* context, std::string_view octets) const;
  std::array<unsigned char, 32> hash(std::string_view octets) const;

  std::unique_ptr<EVP_MD, Free> sha256_;
  std::vector<Document> documents_;
  Context sign_;
  std::string response_;
};

}  // namespace bench
