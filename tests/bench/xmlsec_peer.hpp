// SPDX-License-Identifier: Apache-2.0
//
// The pipeline's work done with well-kept general libraries, libxml2 and xmlsec (OpenSSL): parse,
// validate against the schema, verify the signature with the signer's key (chosen by the serial
// number), build and sign the response. No plugin is asked. One thread at a time.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "bench/world.hpp"

namespace bench {

class XmlsecPeer {
 public:
  XmlsecPeer(const World& world, const std::filesystem::path& schema);
  ~XmlsecPeer();

  // The response to a request that must be valid.
  std::string answer(const std::string& request);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bench
