// SPDX-License-Identifier: Apache-2.0
#include <spdlog/spdlog.h>

#include <chrono>
#include <utility>

#include "adaptor/pipeline.hpp"
#include "adaptor/unix_ms.hpp"
#include "log.hpp"
#include "services/service_site.hpp"

namespace sample {
namespace {

using dcc::adaptor::Pipeline;
using dcc::adaptor::Reply;
using dcc::adaptor::unix_ms;

std::chrono::microseconds since(std::chrono::steady_clock::time_point received) {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() -
                                                               received);
}

// Where a request came from and went to, for the log.
struct Way {
  std::string endpoint;
  Peer peer;
};

void log_reply(const Way& way, const Reply& reply, std::string_view reason) {
  const auto took = since(way.peer.received);
  if (reply.kind == Reply::Kind::response && !reply.repeated) {
    return log_outcome({*reply.request_id, reply.srv, reply.role, reply.device_id, reply.code,
                        reply.reason, way.peer.address, took});
  }
  const std::string request_id = reply.request_id ? reply.request_id->text() : "";
  const std::string status = std::to_string(static_cast<unsigned>(reply.kind));
  const std::string us = std::to_string(took.count());
  if (reply.repeated) {
    return log_line("repeated", {{"http", status},
                                 {"endpoint", way.endpoint},
                                 {"peer", way.peer.address},
                                 {"request_id", request_id},
                                 {"us", us}});
  }
  log_line("refused", {{"http", status},
                       {"endpoint", way.endpoint},
                       {"peer", way.peer.address},
                       {"request_id", request_id},
                       {"us", us},
                       {"reason", reason}});
}

Answer answer_of(Reply& reply) noexcept {
  if (reply.kind != Reply::Kind::response) {
    return problem(static_cast<unsigned>(reply.kind), reply.title, reply.detail);
  }
  return {200, "application/xml", std::move(reply.response)};
}

void give(const Way& way, Reply reply, const Done& done) noexcept {
  Answer answer = answer_of(reply);
  try {
    log_reply(way, reply, answer.reason);
  } catch (const std::bad_alloc&) {
    spdlog::error("without memory: answered http={}", answer.status);
  }
  done(std::move(answer));
}

}  // namespace

std::unique_ptr<Site> make_service_site(std::shared_ptr<const dcc::adaptor::Adaptor> adaptor,
                                        const std::shared_ptr<metrics::Traffic>& traffic,
                                        const SiteContext& context) {
  // Answers may still come when the server is gone.
  const std::shared_ptr<metrics::WorkerTraffic> own(traffic, &traffic->worker());
  const auto pipeline = std::make_shared<Pipeline>(adaptor, context.post);
  return make_service_site(
      [pipeline, own](std::string_view endpoint, const Peer& peer, std::string body, Done done) {
        Way way{std::string(endpoint), peer};
        pipeline->handle({std::string(endpoint), std::move(body), unix_ms(), peer.eui},
                         [way = std::move(way), done = std::move(done), own](Reply reply) {
                           own->replied(reply);
                           give(way, std::move(reply), done);
                         });
      },
      [adaptor = std::move(adaptor)] { return adaptor->committer->expected_wait(); },
      [own](const Served& served) {
        const bool shed = served.by_listener && served.status == 503;
        own->answered(served.status, shed, served.waited, served.took);
      });
}

}  // namespace sample
