// SPDX-License-Identifier: Apache-2.0
//
// Private to the duis room: a message made from the events of one pass over a document, which it
// takes from any parser that does what XML and the schema ask. It writes both canonical forms,
// holds the Signature against its profile and collects the fields:
//
//     start / end / text / instruction
//        |-- outside Signature -> inclusive canonical form -> leaves (Header, Body)
//        `-- inside Signature  -> its profile; inside SignedInfo, the exclusive form
//
// After the last event the leaves' texts are decoded from the canonical form. Events and all but
// start_document() throw EndOfReading. One object serves one thread; buffers are kept from document
// to document.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "duis/canonical.hpp"
#include "duis/message.hpp"
#include "duis/signature_profile.hpp"

namespace dcc::duis {

// Ends a pass early.
struct EndOfReading {
  Refusal refusal;
};

// `text` may quote the message: it is kept to one line, and short.
[[noreturn]] void refuse(Refusal::Kind kind, std::string text);

// What a schema type does to the white space of its values (XML Schema part 2, 4.3.6).
enum class WhiteSpace { preserve, replace, collapse };

class MessageBuilder {
 public:
  // Forgets all of the document before.
  void start_document();
  // Sorts the tag's lists.
  void start_element(StartTag& tag, WhiteSpace treatment);
  void end_element();
  // UTF-8, whole characters; neighbouring texts are one.
  void text(std::string_view characters);
  // Of a processing instruction; nothing is left of a comment.
  void instruction(std::string_view target, std::string_view data);

  // Whether an element is open, the document element has ended, an element of the Signature is
  // open.
  bool is_open() const { return !open_.empty(); }
  bool is_complete() const { return complete_; }
  bool in_signature() const { return signature_depth_ != 0; }
  // Where a value stands that is not of its type, for messages: "in sr:Name: ". Attributes are
  // validated before their element is open; that of the document element that has a type is
  // schemaVersion.
  std::string place() const;

  // Once it is complete. Good until start_document().
  const Message& finish();

 private:
  struct Open {
    std::size_t name_begin = 0;  // of its qualified name, in names_
    std::size_t path_size = 0;   // of path_, when it opened
    std::size_t text_begin = 0;  // in the canonical octets
    WhiteSpace treatment = WhiteSpace::preserve;
    bool is_leaf = true;
  };
  // A leaf's place in the canonical octets.
  struct Leaf {
    std::size_t path_begin, path_size;  // in paths_
    std::size_t text_begin, text_size;
    WhiteSpace treatment;
    bool in_header;
  };

  bool in_signed_info() const { return signed_info_depth_ != 0; }
  void declare(const StartTag& tag);
  void start_in_document(StartTag& tag);
  void start_root(const StartTag& tag);
  void end_in_document(std::string_view qualified_name);
  void start_in_signature(StartTag& tag);
  void end_in_signature(std::string_view qualified_name);
  [[noreturn]] void refuse_profile(const std::string& got) const;
  std::string_view value_of(const Leaf& leaf);
  void take_header(const Item& item);
  void take_body(const Item& item);
  void require_fields() const;

  Message message_;
  NamespaceScope scope_;
  CanonicalForm document_{CanonicalForm::Kind::inclusive};
  CanonicalForm signed_info_{CanonicalForm::Kind::exclusive};
  SignatureProfile profile_;
  std::vector<Open> open_;    // from the document element to the current one
  std::vector<Leaf> leaves_;  // in document order
  std::string names_;         // the qualified names of open_
  std::string path_;          // of the current element
  std::string paths_;         // of all leaves
  std::string schema_version_;
  std::string body_element_;
  std::size_t bodies_ = 0;  // elements in Body
  bool in_header_ = false;
  bool complete_ = false;
  bool has_signature_ = false;
  std::size_t signature_depth_ = 0;    // open_.size() at Signature, while inside it
  std::size_t signed_info_depth_ = 0;  // likewise at SignedInfo

  std::string values_;  // of leaves whose text needs decoding
  std::vector<Item> items_;
  std::string_view command_variant_, device_id_;  // as written, treated
};

}  // namespace dcc::duis
