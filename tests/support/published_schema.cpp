// SPDX-License-Identifier: Apache-2.0
#include "support/published_schema.hpp"

#include "support/host_fixture.hpp"
#include "support/temp_directory.hpp"

namespace support {

namespace fs = std::filesystem;

namespace {

// A copy that libxml2 can judge: it takes an integer of more than 24 digits for none, and serial
// numbers of certificates have up to 49.
std::string with_short_serial(std::string document) {
  const std::string serial = element_text(document, "ds:X509SerialNumber");
  return serial.empty() ? document : edited(document, serial, serial.substr(0, 24));
}

}  // namespace

fs::path copy_published_schema(const fs::path& directory) {
  const fs::path original = kPublishedSchema.parent_path();
  const auto imported = original / "MMC Schema V5.4.xsd";
  for (const char* name : {"xmldsig-core-schema.xsd", "XMLSchema.dtd", "datatypes.dtd"})
    fs::copy_file(original / name, directory / name);
  fs::copy_file(imported, directory / "mmc.xsd");
  write_file(directory / "duis.xsd",
             edited(read_file(kPublishedSchema), imported.filename().string(), "mmc.xsd"));
  return directory / "duis.xsd";
}

Finished validate(const std::vector<fs::path>& documents) {
  const TempDirectory copy;
  std::vector<std::string> arguments{"--noout", "--nonet", "--schema",
                                     copy_published_schema(copy.path())};
  for (const fs::path& document : documents) {
    const auto judged = copy.path() / (std::to_string(arguments.size()) + ".xml");
    write_file(judged, with_short_serial(read_file(document)));
    arguments.push_back(judged);
  }
  return run("xmllint", arguments);
}

}  // namespace support
