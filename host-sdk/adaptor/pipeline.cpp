// SPDX-License-Identifier: Apache-2.0
#include "adaptor/pipeline.hpp"

#include <chrono>
#include <new>
#include <stdexcept>
#include <utility>
#include <vector>

#include "adaptor/header.hpp"
#include "adaptor/retention.hpp"
#include "adaptor/unix_ms.hpp"
#include "duis/reader.hpp"
#include "duis/request_view.hpp"
#include "duis/verify.hpp"
#include "duis/writer.hpp"
#include "host/decide.hpp"

namespace dcc::adaptor {
namespace {

using duis::Message;
using host::Decision;
using host::Fact;
using host::Facts;
using host::Handler;
using Clock = std::chrono::steady_clock;
using Kind = Reply::Kind;

// How often a request starts again because a fact changed before the commit.
constexpr int kMaxAttempts = 5;

// A request under way, kept until its answer: enough to start again from the beginning.
struct Job {
  Request request;
  Pipeline::Done done;
  int attempt = 1;
  std::optional<RequestId> request_id{};  // as soon as it is known
  std::optional<std::chrono::nanoseconds> decision{}, commit{};
};

// What is known of a request between its reading and its decision; its parts point into each other.
struct Reading {
  explicit Reading(duis::Reader its_reader) : reader(std::move(its_reader)) {}

  duis::Reader reader;
  const Message* message = nullptr;  // the reader's
  duis::RequestView view;
  dcc_request* seen = nullptr;  // the view's
  std::string digest;
  Inquiry inquiry;
};

// The adaptor has a signing certificate, but not one that is valid now.
struct CannotSign : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Without memory only the kind is left.
void refuse(const Job& job, Kind kind, std::string_view why, std::string_view detail) noexcept {
  Reply reply{kind};
  try {
    reply.title = why;
    reply.detail = detail;
    reply.request_id = job.request_id;
  } catch (const std::bad_alloc&) {
    reply = Reply{kind};
  }
  reply.decision = job.decision;
  reply.commit = job.commit;
  job.done(std::move(reply));
}

Reply response_of(const Job& job, Outcome&& outcome) {
  return {.kind = Kind::response,
          .response = std::move(outcome.response),
          .request_id = outcome.request_id,
          .device_id = outcome.device_id,
          .srv = std::move(outcome.srv),
          .role = std::move(outcome.role),
          .code = std::move(outcome.code),
          .reason = std::move(outcome.reason),
          .decision = job.decision,
          .commit = job.commit};
}

}  // namespace

class Pipeline::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(std::shared_ptr<const Adaptor> adaptor, Post post)
      : adaptor_(std::move(adaptor)), post_(std::move(post)), store_(adaptor_->store->reader()) {
    first_ = std::make_shared<Reading>(duis::Reader(*adaptor_->schema));
    idle_.push_back(first_);
  }

  void run(const std::shared_ptr<Job>& job) noexcept {
    guarded(job, [&] { process(job); });
  }

 private:
  // A reading in use, which becomes idle again. In the worker's thread.
  class Loan {
   public:
    Loan(Impl& of, std::shared_ptr<Reading> reading) : of_(of), reading_(std::move(reading)) {}
    ~Loan() {
      if (reading_) of_.idle_.push_back(std::move(reading_));
    }
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;

    Reading* get() const { return reading_.get(); }
    std::shared_ptr<Reading> keep() { return std::move(reading_); }

   private:
    Impl& of_;
    std::shared_ptr<Reading> reading_;
  };

  std::shared_ptr<Reading> idle_reading() {
    if (idle_.empty()) {
      auto made = std::make_shared<Reading>(first_->reader.another());
      idle_.reserve(++made_);  // there is room for all of them
      return made;
    }
    auto reading = std::move(idle_.back());
    idle_.pop_back();
    return reading;
  }

  // Whatever goes wrong, the client gets an answer and nothing is accepted.
  template <typename Step>
  void guarded(const std::shared_ptr<Job>& job, Step step) noexcept {
    try {
      step();
    } catch (const StoreError& e) {
      log_error(title::kNoStore, e.what());
      refuse(*job, Kind::unavailable, title::kNoStore, {});
    } catch (const CannotSign& e) {
      log_error("a response cannot be signed", e.what());
      refuse(*job, Kind::unavailable, title::kNotSigned, {});
    } catch (const std::exception& e) {
      log_error("a request failed", e.what());
      refuse(*job, Kind::failed, title::kFailed, {});
    }
  }

  void process(const std::shared_ptr<Job>& job) {
    const Request& request = job->request;
    if (request.octets.find_first_not_of(" \t\r\n") == std::string::npos)
      return refuse(*job, Kind::not_valid, title::kNotValid, "the request's body is empty");
    Loan loan(*this, idle_reading());
    Reading* const reading = loan.get();
    const Message* const message = reading->reader.read(request.octets);
    if (message == nullptr) {
      const duis::Refusal& why = reading->reader.refusal();
      if (why.kind == duis::Refusal::Kind::signature)
        return refuse(*job, Kind::not_accepted, title::kSignature, why.text);
      return refuse(*job, Kind::not_valid, title::kNotValid, why.text);
    }
    job->request_id = message->request_id;
    if (const std::string why =
            invalid_header(*message, adaptor_->schema_versions, adaptor_->control_broker);
        !why.empty())
      return refuse(*job, Kind::not_valid, title::kNotValid, why);
    if (const std::string why = wrong_sender(request, *message); !why.empty())
      return refuse(*job, Kind::not_accepted, title::kSender, why);

    const auto credentials = adaptor_->credentials.current();
    const auto verdict = duis::verify(*message, *credentials, request.received_at);
    if (verdict.signer == nullptr)
      return refuse(*job, Kind::not_accepted, title::kSignature, verdict.why);

    reading->message = message;
    reading->digest.assign(verdict.digest.begin(), verdict.digest.end());
    reading->seen =
        &reading->view.of(*message, {}, request.received_at, request.received_at + kDeadlineMs);
    reading->inquiry = {.request_id = *message->request_id};
    host::ask_ahead(*reading->seen, reading->inquiry.facts);
    if (adaptor_->inquirer) return inquire(job, loan.keep());
    store_->answer({&reading->inquiry, 1});
    go_on(job, *reading);
  }

  // Beside other requests; the worker does something else meanwhile.
  void inquire(const std::shared_ptr<Job>& job, std::shared_ptr<Reading> reading) {
    adaptor_->inquirer->submit(
        std::move(reading->inquiry),
        [weak = weak_from_this(), job, reading](Inquiry told, std::exception_ptr error) noexcept {
          reading->inquiry = std::move(told);
          later(weak, job, [job, reading, error](Impl& self) {
            self.guarded(job, [&] {
              const Loan loan(self, reading);
              if (error) std::rethrow_exception(error);
              self.go_on(job, *reading);
            });
          });
        });
  }

  void go_on(const std::shared_ptr<Job>& job, Reading& reading) {
    Inquiry& inquiry = reading.inquiry;
    // What was answered once is answered with the same octets for ever, whoever answers this SRV
    // now.
    if (inquiry.before) return repeat(*job, std::move(*inquiry.before), reading.digest);
    if (is_forgotten(inquiry.request_id, inquiry.forgotten))
      return refuse(*job, Kind::conflict, title::kForgotten,
                    "the RequestID's counter is not above the originator's highest whose answers "
                    "are forgotten: it may have been answered; use a new RequestID");
    decide(job, reading);
  }

  // With bind_originator the request's originator must be whom the connection was made by; empty:
  // it is.
  std::string wrong_sender(const Request& request, const Message& message) const {
    if (!adaptor_->bind_originator || request.sender == message.request_id->originator) return {};
    if (!request.sender) return "the client certificate names no EUI-64";
    return "the client certificate is " + request.sender->text() + "'s, not the originator's";
  }

  void repeat(const Job& job, Replay&& before, std::string_view digest) const {
    if (before.digest != digest)
      return refuse(job, Kind::conflict, title::kReused, "the RequestID named another request");
    if (before.archived != 0) {
      auto response = archived_response(*job.request_id, before);
      if (!response)
        return refuse(job, Kind::conflict, title::kReused,
                      "the request was answered, and the answer is in an archive that is not at "
                      "hand");
      before.response = std::move(*response);
    }
    job.done({.kind = Kind::response,
              .response = std::move(before.response),
              .repeated = true,
              .request_id = job.request_id});
  }

  // Nothing, also if the archive cannot be read: that it was answered is known all the same.
  std::optional<std::string> archived_response(const RequestId& id, const Replay& before) const {
    if (!adaptor_->archived_response) return std::nullopt;
    try {
      return adaptor_->archived_response(id, before);
    } catch (const std::exception& e) {
      log_error("an archive cannot be read", e.what());
      return std::nullopt;
    }
  }

  void decide(const std::shared_ptr<Job>& job, Reading& reading) {
    const Message& message = *reading.message;
    dcc_request& seen = *reading.seen;
    Inquiry& inquiry = reading.inquiry;
    // This request sees this table to its end, whatever is swapped in meanwhile.
    const auto table = adaptor_->registry.current();
    const auto begun = Clock::now();
    const Handler* const handler =
        host::decide(*table, job->request.endpoint, seen, inquiry.facts, decision_, [&](Facts&) {
          store_->answer({&inquiry, 1});
        });
    job->decision = Clock::now() - begun;
    switch (decision_.kind) {
      case Decision::Kind::answered:
        break;
      case Decision::Kind::not_valid:
        return refuse(*job, Kind::not_valid, title::kNotValid, decision_.reason);
      case Decision::Kind::no_handler:
        return refuse(*job, Kind::no_handler, title::kNoHandler, decision_.reason);
      case Decision::Kind::unavailable:
        log_undecided(message, handler, "cannot decide");
        return refuse(*job, Kind::unavailable, title::kNoStore, {});
      case Decision::Kind::asks:
      case Decision::Kind::failed:
        log_undecided(message, handler, "failed for");
        return refuse(*job, Kind::failed, title::kFailed, {});
    }

    Outcome outcome;
    outcome.request_id = *message.request_id;
    outcome.srv = message.service_reference_variant;
    outcome.role = role_in(inquiry.facts, seen);
    outcome.device_id = message.device_id;
    outcome.response = write_response(message, decision_.code);
    outcome.code = decision_.code;
    outcome.reason = decision_.reason;
    if (outcome.code == host::kWrongEndpoint)
      return job->done(response_of(*job, std::move(outcome)));
    outcome.digest = reading.digest;
    outcome.trace = job->request.trace;
    outcome.received_at = job->request.received_at;
    outcome.decided_at = unix_ms();
    if (handler != nullptr) {
      const Handler::Info& info = handler->info();
      outcome.handler = info.name();
      outcome.settings_hash = info.settings_hash;
    }
    if (outcome.accepted())
      for (const auto& item : message.items)
        outcome.items.push_back({std::string(item.path), std::string(item.value)});
    outcome.facts = std::move(inquiry.facts.all());
    commit(job, std::move(outcome));
  }

  // The User's, also of a request that was answered before it came to the User.
  static std::string role_in(Facts& facts, const dcc_request& seen) {
    const Fact* const user = facts.find(host::kUserFact, host::eui_key(seen.originator));
    return std::string(user->value("role").value_or(""));
  }

  // Throws CannotSign: who asked would not accept what a certificate that is out of date has
  // signed, but the return would have been accepted.
  std::string write_response(const Message& message, std::string_view code) const {
    duis::ResponseFields fields;
    fields.schema_version = message.schema_version;
    fields.request_id = message.request_id_text;
    fields.code = code;
    fields.response_time = unix_ms();
    fields.service_reference = message.service_reference;
    fields.srv = message.service_reference_variant;
    if (!adaptor_->signer) return duis::response_document(fields, nullptr);
    const auto signer = adaptor_->signer->current();
    const auto validity = signer->certificate().validity(fields.response_time);
    if (validity != duis::Validity::valid)
      throw CannotSign("the signing certificate is " + std::string(duis::text(validity)));
    return duis::response_document(fields, signer.get());
  }

  // The request's octets travel with the outcome and come back with it.
  void commit(const std::shared_ptr<Job>& job, Outcome outcome) {
    outcome.request = std::move(job->request.octets);
    Committer::Done done = [self = weak_from_this(), job, submitted = Clock::now()](
                               CommitResult result, Outcome committed) noexcept {
      job->commit = Clock::now() - submitted;
      if (result == CommitResult::committed) return finish(self, *job, std::move(committed));
      job->request.octets = std::move(committed.request);
      if (result == CommitResult::failed)
        return refuse(*job, Kind::unavailable, title::kNoStore, {});
      again(self, job);
    };
    if (!adaptor_->committer->submit(std::move(outcome), std::move(done)))
      refuse(*job, Kind::unavailable, title::kOverloaded,
             "too many requests are waiting for the store");
  }

  static void finish(const std::weak_ptr<Impl>& weak, const Job& job, Outcome outcome) noexcept {
    const auto self = weak.lock();
    std::optional<Outcome> told;
    if (self != nullptr && self->adaptor_->answered) {
      std::string response = std::exchange(outcome.response, {});
      try {
        told = outcome;
      } catch (const std::bad_alloc&) {
        // Who wants to know it is not told; the client is.
      }
      outcome.response = std::move(response);
    }
    job.done(response_of(job, std::move(outcome)));
    if (told) self->adaptor_->answered(std::move(*told));
  }

  // Something that the answer rested on has changed, or a copy of the request got there first:
  // the request starts again, in the worker's thread.
  static void again(const std::weak_ptr<Impl>& weak, const std::shared_ptr<Job>& job) noexcept {
    if (++job->attempt > kMaxAttempts)
      return refuse(*job, Kind::unavailable, title::kOverloaded, "the inventory kept changing");
    later(weak, job, [job](Impl& self) { self.run(job); });
  }

  // In the worker's thread, if there is still one.
  template <typename Task>
  static void later(const std::weak_ptr<Impl>& weak, const std::shared_ptr<Job>& job,
                    Task task) noexcept {
    const auto self = weak.lock();
    if (self == nullptr) return refuse(*job, Kind::unavailable, title::kOverloaded, {});
    try {
      self->post_([weak, task = std::move(task)] {
        if (const auto worker = weak.lock()) task(*worker);
      });
    } catch (const std::exception& e) {
      self->log_error("a request failed", e.what());
      refuse(*job, Kind::unavailable, title::kOverloaded, {});
    }
  }

  void log_undecided(const Message& message, const Handler* handler, std::string_view what) const {
    std::string line(message.service_reference_variant);
    if (handler != nullptr)
      line += " (" + handler->info().owner + ' ' + handler->info().version + ')';
    log_error(line.append(" ").append(what).append(" ").append(message.request_id->text()),
              decision_.reason);
  }

  void log_error(std::string_view what, std::string_view why) const noexcept try {
    if (adaptor_->log_error) adaptor_->log_error(std::string(what).append(": ").append(why));
  } catch (const std::bad_alloc&) {
    // The client is told that it failed.
  }

  const std::shared_ptr<const Adaptor> adaptor_;
  const Post post_;
  std::unique_ptr<StoreReader> store_;
  std::shared_ptr<Reading> first_;  // has compiled the schema for all of them
  std::vector<std::shared_ptr<Reading>> idle_;
  std::size_t made_ = 1;  // readings: as many as requests were under way at once
  Decision decision_;
};

Pipeline::Pipeline(std::shared_ptr<const Adaptor> adaptor, Post post)
    : impl_(std::make_shared<Impl>(std::move(adaptor), std::move(post))) {}

Pipeline::~Pipeline() = default;

void Pipeline::handle(Request request, Done done) {
  impl_->run(std::make_shared<Job>(Job{std::move(request), std::move(done)}));
}

}  // namespace dcc::adaptor
