// SPDX-License-Identifier: Apache-2.0
//
// An XML schema that messages are validated against: read and found good once, compiled for each
// Reader. Immutable, safe from any thread.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>

namespace dcc::duis {

class Grammars;

// A schema that cannot be used; what() names file, line and why.
struct SchemaError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Schema {
 public:
  // The profile schema that is compiled in (profile.xsd).
  static std::shared_ptr<const Schema> built_in();
  // A schema file, such as the official DUIS schema. What it imports is looked for in its own
  // directory by file name only, and never fetched from anywhere else. Signatures are the reader's
  // to check: what the file imports for their namespace is not read. Throws SchemaError.
  static std::shared_ptr<const Schema> load(const std::filesystem::path& file);

  ~Schema();
  Schema(const Schema&) = delete;
  Schema& operator=(const Schema&) = delete;

  // For a Reader: the schema as it was when it was loaded, compiled for one thread at a time. The
  // official schema takes tens of milliseconds and some megabytes.
  std::unique_ptr<Grammars> compile() const;

 private:
  // Octets of the file that a schema refers to by this name; none if there is no such file.
  using Sibling = std::function<std::string_view(const std::string& name)>;

  Schema(std::string name, std::string octets);
  std::unique_ptr<Grammars> compile(const Sibling& sibling) const;

  std::string name_;  // of the file, as errors give it
  std::string octets_;
  std::map<std::string, std::string> siblings_;  // by file name
  // What was compiled to find the schema good, for the first Reader.
  mutable std::mutex mutex_;
  mutable std::unique_ptr<Grammars> compiled_;
};

}  // namespace dcc::duis
