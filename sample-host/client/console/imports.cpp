// SPDX-License-Identifier: Apache-2.0
#include "client/console/imports.hpp"

#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "duis/identifiers.hpp"
#include "foreign/members.hpp"

namespace sample::console {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

std::string import(const ImportOptions& options, const std::string& table, const fs::path& file,
                   bool is_all) {
  std::vector<std::string> arguments{"import", table, file.string()};
  if (is_all) arguments.emplace_back("--replace");
  const auto result = run_host(options.host, std::move(arguments));
  if (result.number == 0) return result.output;
  const std::string& why = result.errors.empty() ? result.output : result.errors;
  throw std::runtime_error(options.host.program.string() + " import " + table +
                           " exited with code " + std::to_string(result.number) +
                           (why.empty() ? "" : ": " + why));
}

// A file of one's own, gone with the object.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& content) {
    std::string name = (fs::temp_directory_path() / "duis-console.XXXXXX").string();
    const int fd = ::mkstemp(name.data());
    if (fd < 0) throw std::system_error(errno, std::generic_category(), name);
    ::close(fd);
    path_ = name;
    std::ofstream(path_) << content;
  }
  ~TemporaryFile() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// One that cannot be taken for two fields or two rows.
std::string read_field(const dcc::foreign::Members& question, std::string_view name) {
  const auto text = dcc::foreign::read_word(question, name);
  if (text.find_first_of(",\"") != std::string_view::npos) {
    dcc::foreign::refuse(dcc::foreign::Path(question.path(), name), std::string(text),
                         "no comma and no quotation mark");
  }
  return std::string(text);
}

}  // namespace

json::object set_device(const ImportOptions& options, const dcc::foreign::Json& json) {
  static constexpr auto kNames = std::to_array<std::string_view>({"device", "type", "status"});
  const dcc::foreign::Path top;
  const dcc::foreign::Members question(json, top, kNames);
  const dcc::duis::Eui64 device{dcc::foreign::read_eui64(question, "device")};
  const TemporaryFile row("device_id,type,status\n" + device.text() + ',' +
                          read_field(question, "type") + ',' + read_field(question, "status") +
                          '\n');
  return {{"said", import(options, "devices", row.path(), false)}};
}

json::object reset(const ImportOptions& options) {
  if (options.world.empty())
    throw std::runtime_error("the console was started without --world, and knows no beginning");
  std::string said;
  for (const char* table : {"users", "devices", "orders", "appointments"})
    said += std::string(table) + ": " +
            import(options, table, options.world / (std::string(table) + ".csv"), true);
  return {{"said", said}};
}

}  // namespace sample::console
