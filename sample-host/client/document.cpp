// SPDX-License-Identifier: Apache-2.0
#include "client/document.hpp"

#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>

#include "duis/reader.hpp"
#include "duis/writer.hpp"

namespace sample::client {

using namespace dcc::duis;

std::string read_document(const std::string& file) {
  using Octets = std::istreambuf_iterator<char>;
  if (file == "-") return {Octets(std::cin), Octets()};
  std::ifstream in(file, std::ios::binary);
  std::string octets{Octets(in), Octets()};
  // A directory opens, but cannot be read.
  if (!in.is_open() || octets.empty())
    throw std::runtime_error(file + ": cannot be read, or is empty");
  return octets;
}

SignedDocument sign_message(std::string_view octets, const std::string& name,
                            const Signer& signer) {
  Reader reader(*Schema::built_in());
  const Message* message = reader.read(octets);
  if (message == nullptr) throw std::runtime_error(name + ": " + reader.refusal().text);
  // Without what may stand around the document element.
  const std::size_t end = message->canonical.find('>', message->root_end_tag) + 1;
  const std::string_view root =
      message->canonical.substr(message->root_begin, end - message->root_begin);
  return {sign_document(compact(root), signer), message->request_id};
}

}  // namespace sample::client
