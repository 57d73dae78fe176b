// SPDX-License-Identifier: Apache-2.0
#include "services/service_site.hpp"

#include <algorithm>
#include <boost/algorithm/string/trim.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <utility>

namespace sample {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

class ServiceSite : public Site {
 public:
  ServiceSite(Handle handle, Backlog backlog, Count count)
      : handle_(std::move(handle)), backlog_(std::move(backlog)), count_(std::move(count)) {}

  std::optional<Answer> refuse(const RequestHead& head) const override {
    if (endpoint(head).empty()) return problem(404, "Not Found", "no such service");
    if (head.method() != http::verb::post) {
      Answer answer = problem(405, "Method Not Allowed", "a Service Request is sent with POST");
      answer.allow = "POST";
      return answer;
    }
    if (head.count(http::field::content_type) > 1) {
      return problem(400, "Bad Request", "more than one Content-Type");
    }
    const auto type = to_std(head[http::field::content_type]);
    const auto end = std::min(type.find_first_of("; \t"), type.size());
    const auto media = beast::string_view(type.substr(0, end));
    if (!beast::iequals(media, "application/xml") || head.count(http::field::content_encoding)) {
      return problem(415, "Unsupported Media Type", "expected application/xml, not encoded");
    }
    if (const auto charset = other_charset(type.substr(end))) {
      return problem(415, "Unsupported Media Type", "charset is " + *charset + ", expected UTF-8");
    }
    return std::nullopt;
  }

  void handle(const RequestHead& head, const Peer& peer, std::string body, Done done) override {
    handle_(endpoint(head), peer, std::move(body), std::move(done));
  }

  std::chrono::microseconds backlog() const override {
    return backlog_ ? backlog_() : std::chrono::microseconds{};
  }

  void served(const Served& served) noexcept override {
    if (count_) count_(served);
  }

 private:
  // Of the parameters of a media type; it is authoritative (RFC 7303, 3). Nothing: UTF-8.
  static std::optional<std::string> other_charset(std::string_view parameters) {
    for (const auto& [name, value] :
         http::param_list(beast::string_view(parameters.data(), parameters.size()))) {
      if (!beast::iequals(name, "charset")) continue;
      const beast::string_view charset(boost::trim_copy_if(value, boost::is_any_of("\"")));
      if (!beast::iequals(charset, "utf-8")) return std::string(charset);
    }
    return std::nullopt;
  }

  // The path's last part if it names a service, else empty.
  static std::string_view endpoint(const RequestHead& head) {
    constexpr std::string_view kPrefix = "/api/v1/";
    const auto target = to_std(head.target());
    if (!target.starts_with(kPrefix)) return {};
    const auto name = target.substr(kPrefix.size());
    const bool known = name == "serviceD" || name == "serviceS" || name == "serviceT";
    return known ? name : std::string_view{};
  }

  const Handle handle_;
  const Backlog backlog_;
  const Count count_;
};

}  // namespace

std::unique_ptr<Site> make_service_site(Handle handle, Backlog backlog, Count count) {
  return std::make_unique<ServiceSite>(std::move(handle), std::move(backlog), std::move(count));
}

}  // namespace sample
