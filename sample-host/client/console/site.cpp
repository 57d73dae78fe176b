// SPDX-License-Identifier: Apache-2.0
#include "client/console/site.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <boost/beast/http/verb.hpp>
#include <stdexcept>

#include "client/console/page.hpp"
#include "foreign/bad_input.hpp"
#include "json/json_text.hpp"
#include "text/hex.hpp"

namespace sample::console {
namespace {

namespace http = boost::beast::http;

constexpr std::string_view kQuestions = "/ask/";
constexpr const char* kTokenField = "X-Console-Token";

// Nothing but what this program serves, no markup made of text, no other page around this one.
constexpr Field kFields[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
     "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
     "require-trusted-types-for 'script'; trusted-types 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cache-Control", "no-store"},
};

const File* file_at(std::string_view target) {
  const auto& files = page_files();
  const auto found = std::find_if(files.begin(), files.end(),
                                  [&](const File& file) { return file.path == target; });
  return found == files.end() ? nullptr : &*found;
}

bool is_reading(http::verb method) {
  return method == http::verb::get || method == http::verb::head;
}

Answer with_fields(Answer answer) {
  answer.fields = kFields;
  return answer;
}

// What comes of a question.
Answer asked(Desk& desk, std::string_view name, std::string_view question) try {
  return {200, "application/json", dcc::json_text(desk.answer(name, question))};
} catch (const NoSuchQuestion& e) {
  return problem(404, "Not Found", e.what());
} catch (const dcc::foreign::BadInput& e) {
  return problem(400, "Bad Request", e.what());
} catch (const std::exception& e) {
  return problem(502, "Bad Gateway", e.what());
}

class ConsoleSite final : public Site {
 public:
  ConsoleSite(const SiteOptions& options, std::uint16_t port)
      : options_(options), host_("127.0.0.1:" + std::to_string(port)), origin_("http://" + host_) {}

  std::optional<Answer> refuse(const RequestHead& head) const override {
    auto answer = judge(head);
    if (answer) answer->fields = kFields;
    return answer;
  }

  void handle(const RequestHead& head, const Peer&, std::string body, Done done) override {
    const std::string target(head.target());
    if (const File* const file = file_at(target)) {
      return done(with_fields({200, std::string(file->type), std::string(file->content)}));
    }
    options_.defer([&desk = options_.desk, name = target.substr(kQuestions.size()),
                    body = std::move(body),
                    done = std::move(done)] { done(with_fields(asked(desk, name, body))); });
  }

 private:
  std::optional<Answer> judge(const RequestHead& head) const {
    const auto target = to_std(head.target());
    if (to_std(head[http::field::host]) != host_)
      return problem(403, "Forbidden", "the console's name is " + host_);
    const bool is_question = target.starts_with(kQuestions);
    if (!is_question && file_at(target) == nullptr)
      return problem(404, "Not Found", "the console has no such page");
    if (is_question ? head.method() != http::verb::post : !is_reading(head.method())) {
      Answer answer = problem(405, "Method Not Allowed", "see Allow");
      answer.allow = is_question ? "POST" : "GET, HEAD";
      return answer;
    }
    const bool has_origin = head.count(http::field::origin) != 0;
    if ((has_origin || is_question) && to_std(head[http::field::origin]) != origin_)
      return problem(403, "Forbidden", "for the console's own page only, " + origin_);
    if (is_question && !is_token(to_std(head[kTokenField])))
      return problem(403, "Forbidden",
                     "this page is of another start of the console: open the address that it has "
                     "printed");
    return std::nullopt;
  }

  bool is_token(std::string_view given) const {
    return given.size() == options_.token.size() &&
           CRYPTO_memcmp(given.data(), options_.token.data(), given.size()) == 0;
  }

  const SiteOptions options_;
  const std::string host_, origin_;
};

}  // namespace

std::unique_ptr<Site> make_site(const SiteOptions& options, const SiteContext& context) {
  return std::make_unique<ConsoleSite>(options, context.port);
}

std::string new_token() {
  std::array<unsigned char, 16> random{};
  if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1)
    throw std::runtime_error("the console's token: there are no random numbers");
  return dcc::text::hex({reinterpret_cast<const char*>(random.data()), random.size()});
}

}  // namespace sample::console
