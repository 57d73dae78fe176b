// SPDX-License-Identifier: Apache-2.0
#include "metrics/exposition.hpp"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <initializer_list>
#include <limits>
#include <sstream>
#include <utility>

namespace sample::metrics {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

using Labels = std::initializer_list<std::pair<const char*, std::string_view>>;

constexpr double kNanosecondsPerSecond = 1e9;
constexpr double kMillisecondsPerSecond = 1e3;

double number(std::uint64_t value) {
  return static_cast<double>(value);
}
double seconds(std::int64_t unix_milliseconds) {
  return static_cast<double>(unix_milliseconds) / kMillisecondsPerSecond;
}

class Family {
 public:
  Family(std::string name, std::string help, MetricType type)
      : family_{std::move(name), std::move(help), type, {}} {}

  Family&& with(double value, Labels labels = {}) && {
    add(value, labels);
    return std::move(*this);
  }
  void add(double value, Labels labels = {}) {
    ClientMetric& metric = family_.metric.emplace_back();
    for (const auto& [name, text] : labels) metric.label.push_back({name, std::string(text)});
    (family_.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  }
  // `unit`: what a bound is divided by to be in the family's unit.
  template <typename Bounds>
  Family&& with(const HistogramSum& sum, const Bounds& bounds, double unit) && {
    auto& histogram = family_.metric.emplace_back().histogram;
    for (std::size_t i = 0; i < sum.buckets.size(); ++i) {
      histogram.sample_count += sum.buckets[i];
      const double bound = i < bounds.size() ? static_cast<double>(bounds[i]) / unit
                                             : std::numeric_limits<double>::infinity();
      histogram.bucket.push_back({histogram.sample_count, bound});
    }
    histogram.sample_sum = static_cast<double>(sum.sum) / unit;
    return std::move(*this);
  }
  MetricFamily take() && { return std::move(family_); }

 private:
  MetricFamily family_;
};

Family counter(std::string name, std::string help) {
  return {std::move(name), std::move(help), MetricType::Counter};
}
Family gauge(std::string name, std::string help) {
  return {std::move(name), std::move(help), MetricType::Gauge};
}
Family histogram(std::string name, std::string help) {
  return {std::move(name), std::move(help), MetricType::Histogram};
}

class HostMetrics final : public prometheus::Collectable {
 public:
  HostMetrics(const Totals& totals, const HostState& state) : totals_(totals), state_(state) {}

  std::vector<MetricFamily> Collect() const override {
    std::vector<MetricFamily> all;
    const auto put = [&all](Family&& family) { all.push_back(std::move(family).take()); };
    collect_host(put);
    collect_traffic(put);
    collect_times(put);
    collect_handlers(put);
    collect_plugins(put);
    collect_shadow(put);
    collect_store(put);
    collect_certificates(put);
    return all;
  }

 private:
  template <class Put>
  void collect_host(const Put& put) const {
    using Phase = HostState::Phase;
    put(gauge("dcc_host_info", "The host's version; always 1.")
            .with(1, {{"version", state_.version}}));
    put(gauge("dcc_host_start_time_seconds", "When the host started, Unix time.")
            .with(seconds(state_.started_at)));
    Family phase = gauge("dcc_host_phase", "1 for what the host does now, 0 for the others.");
    phase.add(state_.phase == Phase::starting, {{"phase", "starting"}});
    phase.add(state_.phase == Phase::serving, {{"phase", "serving"}});
    phase.add(state_.phase == Phase::draining, {{"phase", "draining"}});
    put(std::move(phase));
    put(counter("dcc_log_lines_lost_total",
                "Lines of the log that were lost: nobody took them, or the file refused.")
            .with(number(state_.log_lines_lost)));
  }

  template <class Put>
  void collect_traffic(const Put& put) const {
    put(gauge("dcc_http_connections", "Open connections of the DUIS listener.")
            .with(number(state_.connections)));
    put(gauge("dcc_http_waiting_requests", "Requests that have been read and wait for a worker.")
            .with(number(state_.waiting)));
    Family answers = counter("dcc_http_answers_total", "Answers of the DUIS listener by status.");
    for (const auto& [status, count] : totals_.answers)
      answers.add(number(count), {{"status", status}});
    put(std::move(answers));
    put(counter("dcc_http_shed_total",
                "Requests and connections that the listener answered 503 for lack of room.")
            .with(number(totals_.shed)));
    Family outcomes =
        counter("dcc_outcomes_total", "Decided requests by SRV, User Role and response code.");
    for (const auto& outcome : totals_.outcomes)
      outcomes.add(number(outcome.count),
                   {{"srv", outcome.srv}, {"role", outcome.role}, {"code", outcome.code}});
    put(std::move(outcomes));
    put(counter("dcc_repeats_total", "Requests that were answered as their first copy was.")
            .with(number(totals_.repeats)));
    Family refusals = counter("dcc_refusals_total",
                              "Requests that reached the adaptor and got no response, by reason.");
    for (const auto& [reason, count] : totals_.refusals)
      refusals.add(number(count), {{"reason", reason}});
    put(std::move(refusals));
  }

  template <class Put>
  void collect_times(const Put& put) const {
    const auto time = [&](const char* name, const char* help, const HistogramSum& sum) {
      put(histogram(name, help).with(sum, kTimeBounds, kNanosecondsPerSecond));
    };
    time("dcc_queue_wait_seconds", "How long requests waited for a worker.", totals_.waited);
    time("dcc_decision_seconds", "How long decisions took, look-ups in the store included.",
         totals_.decision);
    time("dcc_commit_seconds", "From an outcome's way to the committer until it was on disk.",
         totals_.commit);
    time("dcc_request_seconds", "From a request's last octet to its answer.", totals_.took);
    put(histogram("dcc_commit_batch_outcomes", "Outcomes in one transaction of the store.")
            .with(totals_.batches, kBatchBounds, 1));
  }

  template <class Put>
  void collect_handlers(const Put& put) const {
    Family calls = counter("dcc_handler_calls_total", "Calls of a handler that have ended.");
    Family failed = counter("dcc_handler_failed_total",
                            "Calls of a handler that failed, threw or set no outcome.");
    Family late =
        counter("dcc_handler_late_total", "Calls of a handler that ended after the deadline.");
    Family inside = gauge("dcc_handler_inside", "Calls of a handler that have not ended.");
    for (const auto& handler : state_.handlers) {
      const Labels labels{{"srv", handler.srv}, {"owner", handler.owner}};
      calls.add(number(handler.counts.calls), labels);
      failed.add(number(handler.counts.failed), labels);
      late.add(number(handler.counts.late), labels);
      inside.add(number(handler.counts.inside), labels);
    }
    put(gauge("dcc_handlers_live", "SRVs that are answered.").with(number(state_.handlers.size())));
    for (Family* family : {&calls, &failed, &late, &inside}) put(std::move(*family));
  }

  template <class Put>
  void collect_plugins(const Put& put) const {
    Family live = gauge("dcc_plugin_live", "1: the file's handlers are live.");
    Family refused = gauge("dcc_plugin_refused", "1: what lies in the directory is not what runs.");
    Family generation = gauge("dcc_plugin_generation",
                              "How often another build or other settings of the file went live.");
    for (const auto& plugin : state_.plugins) {
      const Labels labels{{"file", plugin.file}};
      live.add(plugin.live, labels);
      refused.add(plugin.refused, labels);
      generation.add(number(plugin.generation), labels);
    }
    for (Family* family : {&live, &refused, &generation}) put(std::move(*family));
    put(counter("dcc_plugin_swaps_total",
                "Builds or settings that went live in the place of others.")
            .with(number(state_.swaps)));
    put(gauge("dcc_plugins_watched",
              "1: what changes in the plugins' directories goes live by itself.")
            .with(state_.watched && state_.watch_wanted));
  }

  template <class Put>
  void collect_shadow(const Put& put) const {
    if (!state_.shadow) return;
    constexpr std::size_t kShort = 12;
    const HostState::Shadow& shadow = *state_.shadow;
    Family decided = counter("dcc_shadow_decisions_total",
                             "Answered requests that a candidate has decided once more.");
    for (const auto& candidate : shadow.candidates) {
      const auto add = [&](const char* result, std::uint64_t count) {
        decided.add(number(count), {{"plugin", candidate.plugin},
                                    {"build", candidate.build},
                                    {"settings", candidate.settings.substr(0, kShort)},
                                    {"result", result}});
      };
      add("same", candidate.same);
      add("different", candidate.different);
      add("failed", candidate.failed);
      add("asked", candidate.asked);
    }
    put(std::move(decided));
    const auto count = [&](const char* name, const char* help, std::uint64_t value) {
      put(counter(name, help).with(number(value)));
    };
    count("dcc_shadow_offered_total", "Answered requests that there are for the candidates.",
          shadow.offered);
    count("dcc_shadow_lost_total", "Of these such as no candidate decided, for want of time.",
          shadow.lost);
    count("dcc_shadow_late_total", "Of these such as were not decided within two seconds.",
          shadow.late);
    count("dcc_shadow_unhandled_total", "Of these such as no candidate has a handler for.",
          shadow.unhandled);
    count("dcc_shadow_crashes_total", "How often the process of the candidates has ended.",
          shadow.crashes);
  }

  template <class Put>
  void collect_store(const Put& put) const {
    put(gauge("dcc_store_usable", "1: the store takes what is committed.")
            .with(state_.store_usable));
    if (!state_.store_file.empty()) {
      put(gauge("dcc_store_size_bytes", "The store's file and its log.")
              .with(number(state_.store_bytes + state_.log_bytes)));
      put(gauge("dcc_store_log_pages", "Room for pages in the store's write-ahead log.")
              .with(number(state_.log_pages)));
    }
    if (state_.disk_free && state_.disk_size) {
      put(gauge("dcc_store_disk_free_bytes", "Free for the host where the store is.")
              .with(number(*state_.disk_free)));
      put(gauge("dcc_store_disk_size_bytes", "Of the file system where the store is.")
              .with(number(*state_.disk_size)));
    }
    put(gauge("dcc_last_commit_timestamp_seconds",
              "When a transaction succeeded last, Unix time; 0: none since the start.")
            .with(seconds(state_.last_commit)));
    put(counter("dcc_commits_failed_total", "Transactions of the store that failed.")
            .with(number(totals_.failed_commits)));
  }

  template <class Put>
  void collect_certificates(const Put& put) const {
    Family ends = gauge("dcc_certificate_expiry_timestamp_seconds",
                        "When the first certificate of a use ends, Unix time.");
    for (const auto& certificate : state_.certificates)
      ends.add(seconds(certificate.not_after), {{"use", certificate.use}});
    put(std::move(ends));
  }

  const Totals& totals_;
  const HostState& state_;
};

}  // namespace

std::string exposition(const Totals& totals, const HostState& state) {
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, HostMetrics(totals, state).Collect());
  return std::move(out).str();
}

}  // namespace sample::metrics
