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

std::chrono::nanoseconds since(std::chrono::steady_clock::time_point received) {
  return std::chrono::steady_clock::now() - received;
}

// Where a request came from and went to, and how long it waited before it was looked at.
struct Way {
  std::string endpoint;
  Peer peer;
  std::chrono::nanoseconds waited;
};

// From the last octet to the answer, and what of that was what.
LogEvent& add_times(LogEvent& event, const Way& way, const Reply& reply) {
  return event.time("us", since(way.peer.received))
      .time("wait_us", way.waited)
      .time("decision_us", reply.decision)
      .time("commit_us", reply.commit);
}

void log_outcome(const Way& way, const Reply& reply) {
  LogEvent event("outcome");
  event.text("request_id", reply.request_id->text())
      .text("srv", reply.srv)
      .text("originator", reply.request_id->originator.text())
      .text("role", reply.role)
      .text("device", reply.device_id ? reply.device_id->text() : std::string())
      .text("code", reply.code)
      .text("reason", reply.reason);
  add_peer(event, way.peer);
  add_times(event, way, reply).log();
}

void log_reply(const Way& way, const Reply& reply, std::string_view reason) {
  if (reply.kind == Reply::Kind::response && !reply.repeated) return log_outcome(way, reply);
  LogEvent event(reply.repeated ? "repeated" : "refused");
  event.number("http", static_cast<unsigned>(reply.kind)).text("endpoint", way.endpoint);
  add_peer(event, way.peer)
      .text("request_id", reply.request_id ? reply.request_id->text() : std::string());
  add_times(event, way, reply);
  if (!reply.repeated) event.text("reason", reason);
  event.log();
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
        Way way{std::string(endpoint), peer, since(peer.received)};
        pipeline->handle({std::string(endpoint), std::move(body), unix_ms(), peer.eui, peer.trace},
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
