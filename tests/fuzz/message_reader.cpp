// SPDX-License-Identifier: Apache-2.0
//
// The message reader against libxml2, the judgement of signatures against the reference data, and
// requests as adaptors of any language get them. The input is a message.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "dcc/plugin.hpp"
#include "duis/credentials.hpp"
#include "duis/reader.hpp"
#include "duis/request_view.hpp"
#include "duis/verify.hpp"
#include "foreign/bad_input.hpp"
#include "foreign/duis/answer.hpp"
#include "foreign/message.hpp"
#include "fuzz/promise.hpp"
#include "interop/collapsed.hpp"
#include "interop/libxml2_oracle.hpp"
#include "support/temp_directory.hpp"

namespace {

namespace fs = std::filesystem;

using dcc::duis::Credentials;
using dcc::duis::Message;
using dcc::duis::Reader;
using dcc::duis::Schema;
using fuzz::promise;
using fuzz::promise_same;
using interop::collapsed;

// A message's fields, outliving it.
struct Fields {
  explicit Fields(const Message& message)
      : head{std::string(message.kind == Message::Kind::request ? "request" : "response"),
             std::string(message.schema_version),
             std::string(message.request_id_text),
             std::to_string(message.command_variant),
             std::string(message.service_reference),
             std::string(message.service_reference_variant),
             std::string(message.response_code),
             std::string(message.response_time),
             std::string(message.body_element)} {
    for (const auto& item : message.items) {
      items.emplace_back(item.path);
      items.emplace_back(item.value);
    }
  }
  bool operator==(const Fields&) const = default;

  std::vector<std::string> head;
  std::vector<std::string> items;
};

// Readers live as long as the process: they would outlive what they are made of.
Reader& new_reader() {
  return *new Reader(*Schema::built_in());
}

// Where the two may differ is said in interop/canonical_differential_test.cpp.
void compare_with_libxml2(const Message& message, std::string_view octets) {
  interop::NoAnswer why;
  const auto oracle = interop::canonicalise(octets, why);
  if (!oracle && why == interop::NoAnswer::namespace_is_no_uri) return;
  promise(oracle.has_value(), "libxml2 reads what the reader accepts");
  promise_same(message.canonical, oracle->document, "both have the same inclusive form");
  promise(message.signature.has_value() == !oracle->signed_info.empty(), "both see a Signature");
  if (message.signature)
    promise_same(message.signature->signed_info, oracle->signed_info,
                 "both have the same exclusive form of SignedInfo");
  promise(message.items.size() == oracle->leaves.size(), "both see the same leaves of the body");
  for (std::size_t i = 0; i < message.items.size(); ++i)
    promise_same(collapsed(message.items[i].value), collapsed(oracle->leaves[i]),
                 "both see the same texts in the body");
}

// The fields are those of the octets that the digest covers: read alone, these give the same.
//
// One thing may be refused then: Xerces-C++ knows an xsi:schemaLocation, which loads nothing, and
// wants pairs in it, only if the namespace is written without references. In canonical octets it
// is.
void read_canonical_form(const Message& message) {
  static Reader& reader = new_reader();
  const Message* again = reader.read(message.canonical);
  const std::string& refusal = reader.refusal().text;
  if (refusal.find("schemaLocation does not contain") != std::string::npos) return;
  promise_same(refusal, "", "the reader accepts its own canonical form");
  promise_same(again->canonical, message.canonical, "the canonical form of itself is itself");
  promise(!again->signature, "no Signature is left in the canonical form");
  promise(Fields(*again) == Fields(message), "the canonical form holds the fields");
}

// The reference data: messages that are signed, and whose certificates are here.
class Signed {
 public:
  Signed() {
    const fs::path directory = DCC_SOURCE_DIR "/tests/rtds";
    std::vector<std::string> problems;
    credentials_ = Credentials::load(directory / "certificates" / "users",
                                     directory / "certificates" / "ca.pem", problems);
    promise(problems.empty() && !credentials_.certificates().empty(),
            "the reference data's certificates can be used");
    static Reader& reader = new_reader();
    for (const char* srv : {"8.14.3", "8.14.4"}) {
      for (const auto& entry : fs::directory_iterator(directory / srv)) {
        const std::string octets = support::read_file(entry.path());
        const Message* message = reader.read(octets);
        promise(message != nullptr && is_accepted(*message), "the reference data are signed");
        canonical_.emplace(message->canonical);
      }
    }
  }

  bool is_accepted(const Message& message) const {
    return dcc::duis::verify(message, credentials_, at_).signer != nullptr;
  }
  bool holds(std::string_view canonical) const { return canonical_.contains(canonical); }

 private:
  Credentials credentials_;
  const std::int64_t at_ = 1'893'456'000'000;  // 2030: they and their CA are in date
  std::set<std::string, std::less<>> canonical_;
};

// Nobody has the keys any more, so whatever passes is what was signed once.
void look_for_forgery(const Message& message) {
  static const Signed& data = *new Signed();
  if (!message.signature || !data.is_accepted(message)) return;
  promise(data.holds(message.canonical), "a signature is accepted for what was signed only");
}

// What dcc/duis.h says of a request, dcc/host.h takes, and understands as it was meant.
void decide_elsewhere(const Message& message) {
  if (message.kind != Message::Kind::request || message.request_id->counter == 0) return;
  std::string text;
  try {
    text = dcc::foreign::message_to_decide(message, 1, 2);
  } catch (const dcc::foreign::BadInput& error) {
    return promise(fuzz::is_one_line(error.what()), "a refusal is a line of text");
  }
  const dcc::foreign::JsonTree tree(text);
  const dcc::foreign::Message taken(tree.root(), {});
  dcc::duis::RequestView view;
  const dcc_request& expected = view.of(message, "", 1, 2);
  const dcc_request& got = taken.request;
  promise_same(dcc::view(got.srv), dcc::view(expected.srv), "the SRV is the same");
  promise_same(dcc::view(got.service_reference), dcc::view(expected.service_reference),
               "the service reference is the same");
  promise_same(dcc::view(got.body_element), dcc::view(expected.body_element),
               "the body's element is the same");
  promise(got.originator == expected.originator && got.target == expected.target &&
              got.counter == expected.counter && got.command_variant == expected.command_variant,
          "the numbers are the same");
  promise_same({reinterpret_cast<const char*>(got.canonical.data), got.canonical.size},
               message.canonical, "the canonical octets are the same");
  promise(got.item_count == expected.item_count, "there are as many items");
  for (std::size_t i = 0; i < got.item_count; ++i) {
    promise_same(dcc::view(got.items[i].path), dcc::view(expected.items[i].path),
                 "an item has the same path");
    promise_same(dcc::view(got.items[i].value), dcc::view(expected.items[i].value),
                 "an item has the same value");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Reader& reader = new_reader();
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  const Message* message = reader.read(octets);
  if (message == nullptr) {
    promise(fuzz::is_one_line(reader.refusal().text), "a refusal is a line of text");
    return 0;
  }
  compare_with_libxml2(*message, octets);
  decide_elsewhere(*message);
  read_canonical_form(*message);
  look_for_forgery(*message);
  return 0;
}
