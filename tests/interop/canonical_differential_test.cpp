// SPDX-License-Identifier: Apache-2.0
//
// The reader's canonical forms against libxml2's, over generated documents and damaged ones.
//
// A failure prints the seed of its document; DCC_FIRST_SEED and DCC_DOCUMENTS choose others.
//
// Where the two may differ: of a damaged document the reader may refuse what libxml2 takes,
// because libxml2 goes on after errors in namespaces, knows DTDs and other encodings, takes the
// names of XML 1.0's fifth edition, validates nothing, and does not ask for the DUIS profile. The
// other way round there is one case: libxml2 has no canonical form for a namespace name that has a
// scheme but is otherwise no URI, such as "urn:a b". Neither specification asks for that.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>
#include <random>

#include "document_generator.hpp"
#include "duis/reader.hpp"
#include "libxml2_oracle.hpp"
#include "unit/duis/messages.hpp"

using dcc::duis::Message;
using dcc::duis::Reader;
using dcc::duis::Schema;
using interop::Canonical;
using interop::canonicalise;
using interop::DocumentGenerator;
using interop::NoAnswer;

namespace {

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr ? std::strtoull(value, nullptr, 10) : otherwise;
}

const std::uint64_t kFirstSeed = setting("DCC_FIRST_SEED", 1);

// The same octets by both, and the same texts of leaves.
void compare(const Message& message, const Canonical& oracle, bool free_body) {
  REQUIRE(message.canonical == oracle.document);
  REQUIRE(message.canonical.substr(message.root_begin, 1) == "<");
  REQUIRE(message.canonical.substr(message.root_end_tag, 2) == "</");
  REQUIRE(message.signature.has_value() == !oracle.signed_info.empty());
  if (message.signature) REQUIRE(message.signature->signed_info == oracle.signed_info);
  if (!free_body) return;
  std::vector<std::string> values;
  for (const auto& item : message.items) values.emplace_back(item.value);
  REQUIRE(values == oracle.leaves);
}

void check_documents(DocumentGenerator::Body body, std::uint64_t documents) {
  std::vector<Reader> readers;
  readers.emplace_back(*Schema::built_in());
  // The published schema knows no body element but its own.
  if (body == DocumentGenerator::Body::known && messages::schemas().size() > 1)
    readers.emplace_back(*messages::schemas()[1]);
  std::size_t octets = 0, with_signature = 0;
  for (std::uint64_t seed = kFirstSeed; seed < kFirstSeed + documents; ++seed) {
    const std::string document = DocumentGenerator(seed).document(body);
    CAPTURE(seed, document);
    NoAnswer why;
    const auto oracle = canonicalise(document, why);
    REQUIRE(oracle);
    for (Reader& reader : readers) {
      const Message* message = reader.read(document);
      CAPTURE(reader.refusal().text);
      REQUIRE(message != nullptr);
      compare(*message, *oracle, body == DocumentGenerator::Body::free);
    }
    octets += document.size();
    with_signature += !oracle->signed_info.empty();
  }
  std::cout << documents << " documents from seed " << kFirstSeed << ", " << with_signature
            << " of them with a Signature, " << octets << " octets, " << readers.size()
            << " schema(s): all alike\n";
  CHECK(with_signature > documents / 2);
  CHECK(with_signature < documents);
}

// One or two changes of a few octets each.
std::string damaged(std::string document, std::mt19937_64& random) {
  static constexpr std::string_view kTokens[] = {"<",
                                                 ">",
                                                 "&",
                                                 "\"",
                                                 "'",
                                                 "/",
                                                 "=",
                                                 ":",
                                                 ";",
                                                 "#",
                                                 "]]>",
                                                 "<!--",
                                                 "-->",
                                                 "<![CDATA[",
                                                 "<?a ?>",
                                                 "<a/>",
                                                 "</",
                                                 "xmlns",
                                                 "xmlns:a=\"urn:a\"",
                                                 " a=\"\"",
                                                 "&amp;",
                                                 "&#13;",
                                                 "&#x0;",
                                                 "&#xD800;",
                                                 "&a;",
                                                 "<!DOCTYPE a>",
                                                 "\r",
                                                 "\n",
                                                 "\t",
                                                 " ",
                                                 "\xC3\xA9",
                                                 "\xEF\xBB\xBF",
                                                 "\xC0\x80",
                                                 "\xF0\x9F\x98\x80",
                                                 "xml:lang=\"\"",
                                                 std::string_view("\0", 1),
                                                 "sr:",
                                                 "ds:",
                                                 "5.4",
                                                 "a",
                                                 "0"};
  for (auto changes = random() % 2 + 1; changes > 0; --changes) {
    const std::size_t at = random() % document.size();
    const std::size_t length = std::min<std::size_t>(random() % 8, document.size() - at);
    switch (random() % 6) {
      case 0:
        document[at] = static_cast<char>(random());
        break;
      case 1:
        document.insert(at, kTokens[random() % std::size(kTokens)]);
        break;
      case 2:
        document.replace(at, length, kTokens[random() % std::size(kTokens)]);
        break;
      case 3:
        document.erase(at, length);
        break;
      case 4:
        document.insert(random() % document.size(), document.substr(at, length * length));
        break;
      default:
        std::swap(document[at], document[random() % document.size()]);
    }
    if (document.empty()) document = " ";
  }
  return document;
}

}  // namespace

TEST_CASE("canonical forms of known bodies are libxml2's") {
  check_documents(DocumentGenerator::Body::known, setting("DCC_DOCUMENTS", 4000));
}

TEST_CASE("canonical forms of free bodies are libxml2's") {
  check_documents(DocumentGenerator::Body::free, setting("DCC_DOCUMENTS", 6000));
}

TEST_CASE("of a damaged document there is the same canonical form, or none") {
  const std::uint64_t documents = setting("DCC_DOCUMENTS", 1500);
  constexpr unsigned kPerDocument = 20;
  Reader reader(*Schema::built_in());
  std::size_t accepted = 0, changed = 0, uri = 0;
  for (std::uint64_t seed = kFirstSeed; seed < kFirstSeed + documents; ++seed) {
    const auto body =
        seed % 2 == 0 ? DocumentGenerator::Body::known : DocumentGenerator::Body::free;
    const std::string document = DocumentGenerator(seed).document(body);
    const Message* undamaged = reader.read(document);
    REQUIRE(undamaged != nullptr);
    const std::string canonical(undamaged->canonical);
    std::mt19937_64 random(seed);
    for (unsigned i = 0; i < kPerDocument; ++i) {
      const std::string other = damaged(document, random);
      const Message* message = reader.read(other);
      if (message == nullptr) {
        REQUIRE_FALSE(reader.refusal().text.empty());
        continue;
      }
      ++accepted;
      changed += message->canonical != canonical;
      CAPTURE(seed, i, other);
      NoAnswer why;
      const auto oracle = canonicalise(other, why);
      if (!oracle && why == NoAnswer::namespace_is_no_uri) {
        ++uri;
        continue;
      }
      REQUIRE(oracle);
      compare(*message, *oracle, message->body_element == "Anything");
    }
  }
  std::cout << documents * kPerDocument << " damaged documents from seed " << kFirstSeed << ": "
            << accepted << " accepted (" << changed << " with another canonical form), all alike; "
            << uri << " of these with a namespace name that libxml2 takes for no URI\n";
  CHECK(accepted > documents / 2);
  CHECK(changed > documents / 5);
  CHECK(uri < documents / 10);
}
