// SPDX-License-Identifier: Apache-2.0
#include "support/published_schema.hpp"

#include "support/host_fixture.hpp"
#include "support/temp_directory.hpp"

namespace support {
namespace {

// A copy that libxml2 can judge: it takes an integer of more than 24 digits for none, and serial
// numbers of certificates have up to 49.
std::string with_short_serial(std::string document) {
  const std::string serial = element_text(document, "ds:X509SerialNumber");
  return serial.empty() ? document : edited(document, serial, serial.substr(0, 24));
}

}  // namespace

// libxml2 does not find an imported schema whose file name has spaces in it, so it gets a copy.
Finished validate(const std::vector<std::filesystem::path>& documents) {
  namespace fs = std::filesystem;
  const TempDirectory copy;
  const fs::path original = kPublishedSchema.parent_path();
  const auto imported = original / "MMC Schema V5.4.xsd";
  for (const char* name : {"xmldsig-core-schema.xsd", "XMLSchema.dtd", "datatypes.dtd"})
    fs::copy_file(original / name, copy.path() / name);
  fs::copy_file(imported, copy.path() / "mmc.xsd");
  write_file(copy.path() / "duis.xsd",
             edited(read_file(kPublishedSchema), imported.filename().string(), "mmc.xsd"));

  std::vector<std::string> arguments{"--noout", "--nonet", "--schema", copy.path() / "duis.xsd"};
  for (const fs::path& document : documents) {
    const auto judged = copy.path() / (std::to_string(arguments.size()) + ".xml");
    write_file(judged, with_short_serial(read_file(document)));
    arguments.push_back(judged);
  }
  return run("xmllint", arguments);
}

}  // namespace support
