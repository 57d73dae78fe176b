// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "admin/admin.hpp"

namespace sample {
namespace {

namespace http = boost::beast::http;

constexpr std::array<std::string_view, 3> kPaths{"/metrics", "/livez", "/readyz"};

class MetricsSite final : public Site {
 public:
  explicit MetricsSite(const AdminApi& api) : api_(api) {}

  std::optional<Answer> refuse(const RequestHead& head) const override {
    const std::string_view target(head.target().data(), head.target().size());
    const auto path = target.substr(0, target.find('?'));
    if (std::find(kPaths.begin(), kPaths.end(), path) == kPaths.end())
      return problem(404, "Not Found", "here are /metrics, /livez and /readyz");
    if (head.count(http::field::origin) != 0)
      return problem(403, "Forbidden", "not for web pages: no Origin");
    return std::nullopt;
  }

  void handle(const RequestHead& head, const Peer&, std::string, Done done) override {
    done(api_.handle(std::string(head.method_string()), std::string(head.target())));
  }

 private:
  const AdminApi& api_;
};

}  // namespace

std::unique_ptr<Site> make_metrics_site(const AdminApi& api) {
  return std::make_unique<MetricsSite>(api);
}

}  // namespace sample
