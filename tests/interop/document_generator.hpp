// SPDX-License-Identifier: Apache-2.0
//
// Random DUIS messages: always well-formed, valid and of the signature profile, and written in
// every way that XML allows. One seed, one document. One thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace interop {

class DocumentGenerator {
 public:
  enum class Body {
    known,  // of 8.14.3 or 8.14.4: valid by the published schema, too
    free,   // an element that the built-in schema does not know, with anything in it
  };

  explicit DocumentGenerator(std::uint64_t seed) : random_(seed) {}

  std::string document(Body body);

 private:
  struct Attribute {
    std::string namespace_name;  // empty: none
    std::string local_name;
    std::string value;
  };
  using Attributes = std::vector<Attribute>;
  using Content = std::function<void()>;
  using Names = std::map<std::string, std::string>;  // prefix to namespace name

  // Where one thing or another may stand between elements.
  enum class Layout { with_instructions, without_instructions };

  bool chance(unsigned percent) { return random_() % 100 < percent; }
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_() % limit); }
  template <typename Choices>
  auto one_of(const Choices& choices) {
    return choices[below(std::size(choices))];
  }

  void declaration();
  void misc();  // outside the document element
  void header(bool request);
  void known_body();
  void free_body();
  void free_content(unsigned depth);
  void response_body();
  void signature();

  // An element, with namespace declarations of its own making.
  void element(const std::string& namespace_name, const std::string& local_name,
               const Attributes& attributes, const Content& content);
  void sr(const std::string& local_name, const Content& content);
  void sr_value(const std::string& local_name, std::string_view value);
  void sr_token(const std::string& local_name, std::string_view value);
  void ds(const std::string& local_name, const Attributes& attributes, const Content& content);

  // A start tag in the making: what it declares, and the prefixes that its names rely on.
  struct Tag {
    Names declared;
    std::set<std::string> used;
  };
  Names new_declarations();
  std::string prefix_for(const std::string& namespace_name, Tag& tag, bool attribute);
  void start_tag(const std::string& name, const Names& declared,
                 std::vector<std::pair<std::string, std::string>> attributes);

  void layout(Layout kind);
  void space(bool required);
  void comment();
  void instruction();
  void attribute_value(std::string_view value);
  void text(std::string_view value, bool with_instructions = true);
  void reference(char32_t character);

  std::string characters(std::size_t limit);  // any that XML allows; at most `limit`
  std::string name();
  std::string hexadecimal_eui();

  std::mt19937_64 random_;
  std::string out_;
  std::vector<Names> scope_;
};

}  // namespace interop
