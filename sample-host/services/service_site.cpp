// SPDX-License-Identifier: Apache-2.0
#include "services/service_site.hpp"

#include <boost/beast/core/string.hpp>
#include <utility>

namespace sample {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

std::string_view view(beast::string_view text) {
  return {text.data(), text.size()};
}

class ServiceSite : public Site {
 public:
  ServiceSite(Handle handle, Backlog backlog)
      : handle_(std::move(handle)), backlog_(std::move(backlog)) {}

  std::optional<Answer> refuse(const RequestHead& head) const override {
    if (endpoint(head).empty()) return problem(404, "Not Found", "no such service");
    if (head.method() != http::verb::post) {
      Answer answer = problem(405, "Method Not Allowed", "a Service Request is sent with POST");
      answer.allow = "POST";
      return answer;
    }
    const auto type = view(head[http::field::content_type]);
    const auto media = beast::string_view(type.substr(0, type.find_first_of("; \t")));
    if (!beast::iequals(media, "application/xml") || head.count(http::field::content_encoding)) {
      return problem(415, "Unsupported Media Type", "expected application/xml, not encoded");
    }
    return std::nullopt;
  }

  void handle(const RequestHead& head, const Peer& peer, std::string body,
              Pipeline::Done done) override {
    handle_(endpoint(head), peer, std::move(body), std::move(done));
  }

  std::chrono::microseconds backlog() const override {
    return backlog_ ? backlog_() : std::chrono::microseconds{};
  }

 private:
  // The path's last part if it names a service, else empty.
  static std::string_view endpoint(const RequestHead& head) {
    constexpr std::string_view kPrefix = "/api/v1/";
    const auto target = view(head.target());
    if (!target.starts_with(kPrefix)) return {};
    const auto name = target.substr(kPrefix.size());
    const bool known = name == "serviceD" || name == "serviceS" || name == "serviceT";
    return known ? name : std::string_view{};
  }

  const Handle handle_;
  const Backlog backlog_;
};

}  // namespace

std::unique_ptr<Site> make_service_site(Handle handle, Backlog backlog) {
  return std::make_unique<ServiceSite>(std::move(handle), std::move(backlog));
}

}  // namespace sample
