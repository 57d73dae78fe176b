// SPDX-License-Identifier: Apache-2.0
#include "bench/world.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "duis/writer.hpp"

namespace bench {

namespace fs = std::filesystem;
using namespace dcc;

void fail(std::string_view why) {
  std::fprintf(stderr, "bench: %.*s\n", static_cast<int>(why.size()), why.data());
  std::exit(1);
}

World::World(std::size_t requests)
    : directory_(fs::temp_directory_path() / ("dcc-bench." + std::to_string(::getpid()))) {
  fs::create_directories(credentials_directory());
  const auto ca = sample::pki::make_ca("CN=Z1,OU=07");
  for (std::size_t i = 0; i <= kUsers; ++i) {
    sample::pki::CertificateOptions options;
    options.eui = i == kUsers ? kBroker : user(i);
    options.serial = serial(i);  // random ones have 39 digits, too many for libxml2
    identities_.push_back(sample::pki::make_certificate(ca, options));
    sample::pki::write_new_file(certificate_file(i), identities_.back().certificate_pem(), 0644);
    sample::pki::write_new_file(key_file(i), identities_.back().key_pem(), 0600);
    signers_.push_back(duis::Signer::load(certificate_file(i), key_file(i)));
  }
  std::vector<std::string> problems;
  credentials_ = std::make_unique<duis::Credentials>(
      duis::Credentials::load(credentials_directory(), std::nullopt, problems));
  if (!problems.empty()) fail(problems.front());
  for (std::size_t i = 0; i < requests; ++i) requests_.push_back(request(i, i));
}

World::~World() {
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

fs::path World::certificate_file(std::size_t user) const {
  return credentials_directory() / (std::to_string(user) + ".pem");
}

fs::path World::key_file(std::size_t user) const {
  return directory_ / (std::to_string(user) + ".key");
}

std::string World::request(std::size_t number, std::size_t hub_number) const {
  const std::string eui = hub(hub_number).text();
  duis::RequestFields fields;
  fields.request_id = duis::RequestId{user(user_of(number)), kBroker, 1000 + number}.text();
  fields.service_reference = "8.14";
  if (number % 2 == 0) {
    fields.srv = "8.14.3";
    fields.body_element = "CHFFaultReturn";
    fields.items = {{"DeviceID", eui},
                    {"CHFFaultReturnType", "Fault identified prior to installation"},
                    {"OtherDeviceID", eui},
                    {"CHFConnectionMethod", "Hot-shoe"},
                    {"CHFFaultReason", "Damaged case"}};
  } else {
    fields.srv = "8.14.4";
    fields.body_element = "CHFNoFaultReturn";
    fields.items = {{"DeviceID", eui}, {"CHFNoFaultReturnType", "No Fault Return (general)"}};
  }
  return duis::sign_document(duis::request_root(fields), signers_[user_of(number)]);
}

}  // namespace bench
