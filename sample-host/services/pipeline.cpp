// SPDX-License-Identifier: Apache-2.0
#include "services/pipeline.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <stdexcept>

#include "duis/reader.hpp"
#include "duis/request_view.hpp"
#include "duis/verify.hpp"
#include "duis/writer.hpp"
#include "log.hpp"
#include "services/shared.hpp"

namespace sample {
namespace {

using dcc::duis::Message;
using dcc::duis::Refusal;
using dcc::host::Decision;
using dcc::host::Fact;
using dcc::host::Facts;
using dcc::host::Handler;

// How often a request starts again because a fact changed before the commit.
constexpr int kMaxAttempts = 5;
// What is left of the three seconds after which a client gives up.
constexpr std::int64_t kDeadlineMs = 2000;

std::int64_t unix_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

// The service reference that an SRV belongs to: its first two numbers.
std::string_view service_reference_of(std::string_view srv) {
  const std::size_t first = srv.find('.');
  return first == std::string_view::npos ? srv : srv.substr(0, srv.find('.', first + 1));
}

// A request under way, kept until its answer: enough to start again from the beginning.
struct Job {
  std::string endpoint;
  Peer peer;
  std::string request;
  Pipeline::Done done;
  std::int64_t received_at = 0;  // Unix milliseconds
  int attempt = 1;
  std::optional<dcc::duis::RequestId> request_id{};  // as soon as it is known
};

// The host has a signing certificate, but not one that is valid now.
struct CannotSign : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// What a request is answered with.
struct Reply {
  std::string code;
  std::string reason;
};

}  // namespace

class Pipeline::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(std::shared_ptr<Shared> shared, Post post)
      : shared_(std::move(shared)),
        post_(std::move(post)),
        reader_(*shared_->schema),
        store_(shared_->store->reader()) {}

  // Whatever goes wrong, the client gets an answer and nothing is accepted.
  void run(const std::shared_ptr<Job>& job) noexcept {
    try {
      process(job);
    } catch (const StoreError& e) {
      spdlog::error("the store cannot be reached: {}", e.what());
      refuse(*job, 503, "the store cannot be reached", {});
    } catch (const CannotSign& e) {
      spdlog::error("a response cannot be signed: {}", e.what());
      refuse(*job, 503, "responses cannot be signed", {});
    } catch (const std::exception& e) {
      spdlog::error("a request failed: {}", e.what());
      refuse(*job, 500, "the request could not be processed", {});
    }
  }

 private:
  void process(const std::shared_ptr<Job>& job) {
    if (job->request.find_first_not_of(" \t\r\n") == std::string::npos)
      return refuse(*job, 400, "not a valid DUIS request", "the request's body is empty");
    const Message* message = reader_.read(job->request);
    if (message == nullptr) {
      const Refusal& why = reader_.refusal();
      if (why.kind == Refusal::Kind::signature)
        return refuse(*job, 403, "signature not accepted", why.text);
      return refuse(*job, 400, "not a valid DUIS request", why.text);
    }
    job->request_id = message->request_id;
    if (const std::string why = invalid_header(*message); !why.empty())
      return refuse(*job, 400, "not a valid DUIS request", why);
    if (const std::string why = wrong_sender(job->peer, *message); !why.empty())
      return refuse(*job, 403, "sender not accepted", why);

    const auto credentials = shared_->credentials.current();
    const auto verdict = dcc::duis::verify(*message, *credentials, job->received_at);
    if (verdict.signer == nullptr) return refuse(*job, 403, "signature not accepted", verdict.why);

    // What was answered once is answered with the same octets for ever, whoever answers this SRV
    // now.
    const std::string digest(verdict.digest.begin(), verdict.digest.end());
    const StoreReader::Moment moment(*store_);
    if (const auto before = store_->replay(*message->request_id)) {
      if (before->digest != digest)
        return refuse(*job, 409, "RequestID already used", "the RequestID named another request");
      log_line("repeated", {{"http", "200"},
                            {"endpoint", job->endpoint},
                            {"peer", job->peer.address},
                            {"request_id", message->request_id->text()},
                            {"us", microseconds(*job)}});
      return job->done({200, "application/xml", before->response, false});
    }

    // This request sees this table to its end, whatever is swapped in meanwhile.
    const auto table = shared_->registry.current();
    const Handler* handler = table->find(message->service_reference_variant);
    if (handler == nullptr)
      return refuse(*job, 501, "no handler",
                    "no handler for " + std::string(message->service_reference_variant));
    if (handler->info().endpoint != job->endpoint) return answer_wrong_endpoint(*job, *message);
    decide(job, *message, digest, *handler);
  }

  // What the schema does not enforce; empty: nothing is wrong.
  std::string invalid_header(const Message& message) const {
    if (message.kind != Message::Kind::request) return "a Response, where a Request is expected";
    if (!shared_->schema_versions.accepts(message.schema_version))
      return "schemaVersion " + std::string(message.schema_version) + " is not accepted";
    if (message.request_id->counter == 0) return "the RequestID's counter is 0";
    if (message.request_id->target != shared_->control_broker)
      return "the RequestID's target is " + message.request_id->target.text() +
             ", not the DCC Access Control Broker " + shared_->control_broker.text();
    return {};
  }

  // With bind_originator the request's originator must be whom the connection was made by; empty:
  // it is.
  std::string wrong_sender(const Peer& peer, const Message& message) const {
    if (!shared_->bind_originator || peer.eui == message.request_id->originator) return {};
    if (!peer.eui) return "the client certificate names no EUI-64";
    return "the client certificate is " + peer.eui->text() + "'s, not the originator's";
  }

  // E13 says that the client chose the wrong URL; it uses up no RequestID and is not stored.
  void answer_wrong_endpoint(const Job& job, const Message& message) {
    const Reply reply{"E13", "sent to " + job.endpoint};
    log(job, message, {}, reply);
    job.done({200, "application/xml", write_response(message, reply.code), false});
  }

  void decide(const std::shared_ptr<Job>& job, const Message& message, const std::string& digest,
              const Handler& handler) {
    const Handler::Info& info = handler.info();
    Facts facts = known_questions(message, job->received_at);
    store_->answer(facts);
    const Fact& user = facts.all().front();  // until a handler asks for more
    const std::string role(user.value("role").value_or(""));

    Outcome outcome;

    Reply reply;
    if ((info.command_variants >> message.command_variant & 1) == 0) {
      reply = {"E12", "command variant " + std::to_string(message.command_variant)};
    } else if (info.body_element != message.body_element) {
      return refuse(*job, 400, "not a valid DUIS request",
                    "the body is " + std::string(message.body_element) + "; " + info.srv + " has " +
                        info.body_element);
    } else if (message.service_reference != service_reference_of(info.srv)) {
      return refuse(*job, 400, "not a valid DUIS request",
                    "ServiceReference " + std::string(message.service_reference) +
                        " does not fit " + info.srv);
    } else if (user.state == Fact::State::not_there) {
      reply = {"E1", "unknown User ID"};
    } else if (user.value("status") != "Active") {
      reply = {"E3", "the User is " + std::string(user.value("status").value_or(""))};
    } else {
      dcc::host::decide(
          handler,
          request_view_.of(message, role, job->received_at, job->received_at + kDeadlineMs), facts,
          decision_, [this](Facts& asked) { store_->answer(asked); });
      switch (decision_.kind) {
        case Decision::Kind::answered:
          break;
        case Decision::Kind::not_valid:
          return refuse(*job, 400, "not a valid DUIS request", decision_.reason);
        case Decision::Kind::unavailable:
          spdlog::error("{} ({} {}) cannot decide {}: {}", info.srv, info.owner, info.version,
                        message.request_id->text(), decision_.reason);
          return refuse(*job, 503, "the store cannot be reached", {});
        case Decision::Kind::asks:
        case Decision::Kind::failed:
          spdlog::error("the handler of {} ({} {}) failed for {}: {}", info.srv, info.owner,
                        info.version, message.request_id->text(), decision_.reason);
          return refuse(*job, 500, "the request could not be processed", {});
      }
      reply = {decision_.code, decision_.reason};
      outcome.handler = info.owner + ' ' + info.version + ' ' + info.build;
      outcome.settings_hash = info.settings_hash;
    }

    outcome.request_id = *message.request_id;
    outcome.digest = digest;
    outcome.srv = info.srv;
    outcome.role = role;
    outcome.device_id = message.device_id;
    outcome.received_at = job->received_at;
    outcome.decided_at = unix_ms();
    outcome.response = write_response(message, reply.code);
    outcome.code = std::move(reply.code);
    outcome.reason = std::move(reply.reason);
    if (outcome.accepted())
      for (const auto& item : message.items)
        outcome.items.push_back({std::string(item.path), std::string(item.value)});
    // The host itself decides by the User, whom the handler knows as a field of the request.
    facts.all().front().used = true;
    outcome.facts = std::move(facts.all());
    commit(job, std::move(outcome));
  }

  // The originator's row first, and what will be asked for every return, so that the handler need
  // not be called twice. The originator's relation to the device is kept even if nobody uses it: it
  // tells later what other settings would have decided.
  static Facts known_questions(const Message& message, std::int64_t received_at) {
    Facts facts;
    const std::uint64_t originator = message.request_id->originator.value;
    facts.ask(dcc::host::kUserFact, dcc::host::eui_key(originator));
    if (!message.device_id) return facts;
    const std::uint64_t device = message.device_id->value;
    facts.ask(dcc::host::kDeviceFact, dcc::host::eui_key(device));
    if (const auto key = dcc::host::acts_key(originator, device, received_at)) {
      facts.ask(dcc::host::kActsFact, *key);
    }
    return facts;
  }

  // Throws CannotSign: who asked would not accept what a certificate that is out of date has
  // signed, but the return would have been accepted.
  std::string write_response(const Message& message, std::string_view code) const {
    dcc::duis::ResponseFields fields;
    fields.schema_version = message.schema_version;
    fields.request_id = message.request_id_text;
    fields.code = code;
    fields.response_time = unix_ms();
    fields.service_reference = message.service_reference;
    fields.srv = message.service_reference_variant;
    if (!shared_->signer) return dcc::duis::response_document(fields, nullptr);
    const auto signer = shared_->signer->current();
    const auto validity = signer->certificate().validity(fields.response_time);
    if (validity != dcc::duis::Validity::valid)
      throw CannotSign("the signing certificate is " + std::string(dcc::duis::text(validity)));
    return dcc::duis::response_document(fields, signer.get());
  }

  // The request's octets travel with the outcome and come back with it.
  void commit(const std::shared_ptr<Job>& job, Outcome outcome) {
    outcome.request = std::move(job->request);
    Committer::Done done = [self = weak_from_this(), job](CommitResult result,
                                                          Outcome committed) noexcept {
      if (result == CommitResult::committed) {
        log_committed(*job, committed);
        return job->done({200, "application/xml", std::move(committed.response), false});
      }
      job->request = std::move(committed.request);
      if (result == CommitResult::failed)
        return refuse(*job, 503, "the store cannot be reached", {});
      again(self, job);
    };
    if (!shared_->committer->submit(std::move(outcome), std::move(done)))
      refuse(*job, 503, "overloaded", "too many requests are waiting for the store");
  }

  // Something that the answer rested on has changed, or a copy of the request got there first:
  // the request starts again, in the worker's thread.
  static void again(const std::weak_ptr<Impl>& weak, const std::shared_ptr<Job>& job) noexcept {
    const auto self = weak.lock();
    if (self == nullptr || ++job->attempt > kMaxAttempts)
      return refuse(*job, 503, "overloaded", "the inventory kept changing");
    try {
      self->post_([weak, job] {
        if (const auto worker = weak.lock()) worker->run(job);
      });
    } catch (const std::exception& e) {
      spdlog::error("a request failed: {}", e.what());
      refuse(*job, 503, "overloaded", {});
    }
  }

  static void refuse(const Job& job, unsigned status, std::string_view title,
                     std::string_view detail) noexcept {
    Answer answer = problem(status, title, detail);
    try {
      log_line("refused", {{"http", std::to_string(status)},
                           {"endpoint", job.endpoint},
                           {"peer", job.peer.address},
                           {"request_id", job.request_id ? job.request_id->text() : ""},
                           {"us", microseconds(job)},
                           {"reason", answer.reason}});
    } catch (const std::bad_alloc&) {
      spdlog::error("without memory: refused http={}", status);
    }
    job.done(std::move(answer));
  }

  static std::chrono::microseconds elapsed(const Job& job) {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() -
                                                                 job.peer.received);
  }
  static std::string microseconds(const Job& job) { return std::to_string(elapsed(job).count()); }

  static void log(const Job& job, const Message& message, std::string_view role,
                  const Reply& reply) {
    log_outcome({*message.request_id, message.service_reference_variant, role, message.device_id,
                 reply.code, reply.reason, job.peer.address, elapsed(job)});
  }

  static void log_committed(const Job& job, const Outcome& outcome) {
    log_outcome({outcome.request_id, outcome.srv, outcome.role, outcome.device_id, outcome.code,
                 outcome.reason, job.peer.address, elapsed(job)});
  }

  const std::shared_ptr<Shared> shared_;
  const Post post_;
  dcc::duis::Reader reader_;
  std::unique_ptr<StoreReader> store_;
  dcc::duis::RequestView request_view_;
  Decision decision_;
};

Pipeline::Pipeline(std::shared_ptr<Shared> shared, Post post)
    : impl_(std::make_shared<Impl>(std::move(shared), std::move(post))) {}

Pipeline::~Pipeline() = default;

void Pipeline::handle(std::string_view endpoint, const Peer& peer, std::string request, Done done) {
  impl_->run(std::make_shared<Job>(
      Job{std::string(endpoint), peer, std::move(request), std::move(done), unix_ms()}));
}

}  // namespace sample
