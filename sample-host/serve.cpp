// SPDX-License-Identifier: Apache-2.0
#include "serve.hpp"

#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <mutex>
#include <set>
#include <system_error>
#include <utility>

#include "adaptor/adaptor.hpp"
#include "adaptor/unix_ms.hpp"
#include "admin/admin.hpp"
#include "archive/lookup.hpp"
#include "host/crash_note.hpp"
#include "host/directory_watch.hpp"
#include "host/file_content.hpp"
#include "host/plugin_directory.hpp"
#include "host_observer.hpp"
#include "http/server.hpp"
#include "log.hpp"
#include "metrics/exposition.hpp"
#include "plugin_services.hpp"
#include "service_manager.hpp"
#include "services/service_site.hpp"
#include "shadow/shadow.hpp"
#include "start_check.hpp"
#include "stores/stores.hpp"

namespace sample {
namespace {

namespace asio = boost::asio;
using dcc::adaptor::Adaptor;
using dcc::adaptor::Committer;
using dcc::adaptor::unix_ms;
using dcc::duis::Credentials;
using dcc::duis::Signer;
using dcc::host::PluginDirectory;

// A monitor waits little longer.
constexpr std::chrono::milliseconds kHealthPatience{500};

using PublishedSigner = dcc::host::Published<Signer>;

// Signs with the key that signs responses then.
dcc::adaptor::SignHead head_signer(std::shared_ptr<const PublishedSigner> signer) {
  if (!signer) return {};
  return [signer = std::move(signer)](std::string_view text) {
    const auto signature = signer->current()->sign(text);
    return std::string(signature.begin(), signature.end());
  };
}

std::string out_of_date(const std::filesystem::path& certificate, dcc::duis::Validity validity) {
  return certificate.string() + ": the certificate is " + std::string(dcc::duis::text(validity));
}

// The signing key and what Users have sent are in the memory: no core dump, and no look into it by
// another process of the same user. Root may still attach a debugger.
void keep_memory_private() {
  ::prctl(PR_SET_DUMPABLE, 0);
}

void note_crashes_as_log(const Config& config) {
  std::string before(config.log_file.empty() ? journal_priority(spdlog::level::critical) : "");
  dcc::host::CrashNoteForm form;
  if (config.log_format == LogFormat::json) {
    before += R"({"time":")";
    form = {{}, R"(","level":"critical","message":")", R"("})"};
  }
  form.before_time = before;
  dcc::host::note_crashes(form, config.log_file);
}

// As many descriptors as the system grants. Too few for what is configured is said once and by the
// limit's name; what meets the limit later says "Too many open files".
void raise_descriptor_limit(const Config& config) {
  constexpr rlim_t kBesidesConnections = 64;
  const rlim_t wanted = config.http_limits.max_connections + kBesidesConnections;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min(wanted, limit.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= wanted) return;
  spdlog::warn(
      "the process's limit of open files (ulimit -n, LimitNOFILE) is {}; [http] max_connections "
      "asks "
      "for {}",
      limit.rlim_cur, wanted);
}

void upgrade(const Config& config, const std::shared_ptr<const PublishedSigner>& signer) {
  UpgradeOptions options;
  options.sign_head = head_signer(signer);
  options.progress = [](std::int64_t rows, std::int64_t of) {
    spdlog::info("store: {} of {} outcomes", rows, of);
  };
  const Upgrade done = upgrade_store(config.store_url(), options);
  for (const std::string& step : done.steps) spdlog::info("store: upgraded from version {}", step);
}

// Out of an archive that the signing key of now has signed, if there is one.
auto archived_responses(const Config& config, std::shared_ptr<const PublishedSigner> signer) {
  return
      [directory = config.archive, signer = std::move(signer)](
          const RequestId& id, const dcc::adaptor::Replay& before) -> std::optional<std::string> {
        std::optional<dcc::duis::PublicKey> key;
        if (signer) key = signer->current()->certificate().key();
        auto found = find_archived(directory, id, before, key);
        if (!found) return std::nullopt;
        return std::move(found->outcome.response);
      };
}

std::shared_ptr<Adaptor> make_adaptor(const Config& config,
                                      std::shared_ptr<const dcc::duis::Schema> schema,
                                      std::shared_ptr<const WaitingRequests> waiting,
                                      std::shared_ptr<metrics::Traffic> traffic, Store*& store,
                                      Shadow* shadow) {
  auto adaptor = std::make_shared<Adaptor>();
  adaptor->log_error = [](std::string_view line) { spdlog::error("{}", line); };
  if (shadow != nullptr) {
    adaptor->answered = [shadow](Outcome outcome) { shadow->offer(std::move(outcome)); };
  }
  adaptor->schema = std::move(schema);
  adaptor->control_broker = config.control_broker;
  adaptor->schema_versions = config.schema_versions;
  adaptor->bind_originator = config.bind_originator;
  if (config.signing) {
    adaptor->signer = std::make_shared<PublishedSigner>(load_signer(*config.signing));
  }
  if (!config.archive.empty()) {
    adaptor->archived_response = archived_responses(config, adaptor->signer);
  }
  if (may_be_there(config.store_url())) upgrade(config, adaptor->signer);
  auto opened = open_configured_store(config);
  store = opened.get();
  adaptor->store = std::move(opened);
  if (adaptor->store->is_remote()) {
    adaptor->inquirer = std::make_unique<dcc::adaptor::Inquirer>(*adaptor->store);
  }
  adaptor->committer = std::make_unique<Committer>(
      dcc::adaptor::ledgers_of(*adaptor->store, head_signer(adaptor->signer)), Committer::Limits{},
      [](const std::exception& e) { spdlog::error("a commit failed: {}", e.what()); },
      [waiting = std::move(waiting)] { return *waiting > 0; },
      [traffic = std::move(traffic)](const Committer::Batch& batch) {
        traffic->committed(batch.outcomes, batch.committed, unix_ms());
      });
  return adaptor;
}

// Null: there are no candidates.
std::unique_ptr<Shadow> make_shadow(const Config& config,
                                    std::shared_ptr<const dcc::duis::Schema> schema) {
  if (config.shadow_directory.empty()) return nullptr;
  ShadowOptions options;
  options.decide = config.decide;
  options.plugins = config.plugins;
  options.plugins.directory = config.shadow_directory;
  options.plugins.config_directory = config.shadow_config_directory;
  options.plugins.cache += "-shadow";
  options.schema = std::move(schema);
  return std::make_unique<Shadow>(std::move(options));
}

// While it lives SIGHUP is let through, to the handler that must outlive it: by default that signal
// ends a process, also one that starts or stops.
class HangupAccepted {
 public:
  HangupAccepted() { set(SIG_UNBLOCK); }
  ~HangupAccepted() { set(SIG_BLOCK); }
  HangupAccepted(const HangupAccepted&) = delete;
  HangupAccepted& operator=(const HangupAccepted&) = delete;

 private:
  static void set(int how) {
    sigset_t hangup;
    ::sigemptyset(&hangup);
    ::sigaddset(&hangup, SIGHUP);
    ::pthread_sigmask(how, &hangup, nullptr);
  }
};

// Null: the listener is plain.
std::shared_ptr<PublishedTls> make_tls(const Config& config) {
  if (!config.tls) return nullptr;
  return std::make_shared<PublishedTls>(std::make_shared<const TlsContext>(*config.tls));
}

HttpServer::Options service_options(const Config& config, std::shared_ptr<const PublishedTls> tls,
                                    std::shared_ptr<WaitingRequests> waiting) {
  HttpServer::Options options;
  static_cast<HttpLimits&>(options) = config.http_limits;
  options.address = config.http_listen.address;
  options.port = config.http_listen.port;
  options.tls = std::move(tls);
  options.workers = config.http_workers;
  options.waiting = std::move(waiting);
  return options;
}

// Of a listener that few use.
constexpr std::size_t kFewConnections = 64;

HttpServer::Options admin_options(const Config& config) {
  HttpServer::Options options;
  options.address = config.admin_listen.address;
  options.port = config.admin_listen.port;
  options.socket = config.admin_listen.socket;
  options.socket_mode = config.admin_socket_mode;
  options.max_connections = kFewConnections;
  return options;
}

HttpServer::Options metrics_options(const ListenAddress& listen) {
  HttpServer::Options options;
  options.address = listen.address;
  options.port = listen.port;
  options.max_connections = kFewConnections;
  return options;
}

class Host {
 public:
  Host(const Config& config, Log& log)
      : config_(config),
        log_(log),
        tls_(make_tls(config)),
        schema_(configured_schema(config)),
        shadow_(make_shadow(config, schema_)),
        read_later_(check_store_first(config)),
        adaptor_(make_adaptor(config, schema_, waiting_, traffic_, store_, shadow_.get())),
        observer_(config, *adaptor_, tls_, *traffic_, log),
        plugins_(config.plugins, services(), adaptor_->registry, built_in_handlers(config)) {}

  void run() {
    // From here on a signal no longer kills, even if the plugins take their time.
    asio::signal_set stop_signals(signals_, SIGTERM, SIGINT);
    stop_signals.async_wait([this](auto error, int) {
      if (!error) signals_.stop();
    });
    asio::signal_set reload_signal(signals_, SIGHUP);
    reload_on(reload_signal);
    const HangupAccepted accepted;

    // Before the first look at them, so that nothing that changes meanwhile is missed.
    if (config_.watch_plugins) watch_plugins();
    // Who looks at the service goes before it.
    std::optional<HttpServer> service;
    HttpServer admin(admin_options(config_), admin_sites());
    std::optional<HttpServer> monitors;
    if (config_.metrics_listen) {
      monitors.emplace(metrics_options(*config_.metrics_listen), monitor_sites());
      monitors->start();
    }
    admin.start();
    load();
    service.emplace(service_options(config_, tls_, waiting_), service_sites());
    service_ = &*service;
    service->start();
    phase_ = HostState::Phase::serving;
    spdlog::info("http listens on {}, {} workers{}", config_.http_listen.text(service->port()),
                 config_.http_workers, tls_ ? ", TLS" : "");
    if (!tls_ && !config_.http_listen.is_local()) {
      spdlog::warn("http: requests and answers leave this machine as plain text");
    }
    spdlog::info("admin listens on {}", config_.admin_listen.text(admin.port()));
    if (monitors) {
      spdlog::info("metrics listens on {}", config_.metrics_listen->text(monitors->port()));
    }

    tell_service_manager("READY=1");
    std::string damage;
    std::optional<StoreReading> reading;
    if (read_later_) {
      reading.emplace(config_, [this, &damage](const std::string& where) {
        asio::post(signals_, [this, &damage, where] {
          damage = where;
          signals_.stop();
        });
      });
    }
    signals_.run();
    reading.reset();
    phase_ = HostState::Phase::draining;
    tell_service_manager("STOPPING=1");
    stop_signals.clear();  // the next one kills: what was answered is on disk
    spdlog::info("stopping; a second signal stops at once");
    watch_.reset();
    service->stop();
    if (monitors) monitors->stop();
    admin.stop();
    control_.join();
    // Callbacks of the committer may hold on to what the workers share: they end before it does.
    adaptor_->committer->stop();
    if (!damage.empty()) throw StoreError(damage);
    spdlog::info("stopped");
  }

 private:
  dcc::host::HostServices services() {
    auto services = plugin_services();
    services.give_up_after = config_.give_up_after;
    // So that it is known at once what runs no more.
    services.gave_up = [this] { in_control([this] { reload_plugins({}); }); };
    return services;
  }

  SiteFactory service_sites() const {
    return [adaptor = adaptor_, traffic = traffic_](const SiteContext& context) {
      return make_service_site(adaptor, traffic, context);
    };
  }

  SiteFactory monitor_sites() const {
    return [this](const SiteContext&) { return make_metrics_site(api_); };
  }

  HostState state() const {
    HostState state = observer_.state();
    state.phase = phase_;
    state.waiting = *waiting_;
    if (const HttpServer* const service = service_) state.connections = service->connections();
    state.watch_wanted = config_.watch_plugins;
    const std::lock_guard lock(report_mutex_);
    state.watched = unwatched_.empty();
    return state;
  }

  SiteFactory admin_sites() {
    return [this](const SiteContext&) {
      return make_admin_site(
          api_, [this](std::function<void()> task) { asio::post(control_, std::move(task)); });
    };
  }

  std::function<ShadowReport()> shadow_report() const {
    if (!shadow_) return {};
    return [this] { return shadow_->report(); };
  }

  void reload_on(asio::signal_set& signal) {
    signal.async_wait([this, &signal](auto error, int) {
      if (error) return;
      in_control([this] {
        log_.reopen();
        reload();
      });
      reload_on(signal);
    });
  }

  // Runs a reload where nothing waits for it.
  template <class Task>
  void in_control(Task task) noexcept {
    try {
      asio::post(control_, [task] {
        try {
          task();
        } catch (const std::exception& e) {
          spdlog::error("the reload failed: {}", e.what());
        }
      });
    } catch (const std::exception& e) {
      spdlog::error("the reload failed: {}", e.what());
    }
  }

  void watch_plugins() {
    dcc::host::DirectoryWatch::Options options;
    options.directories = {config_.plugins.directory, config_.plugins.config_directory};
    options.changed = [this](const std::set<std::string>& unfinished) {
      in_control([this, unfinished] { reload_plugins(unfinished); });
    };
    options.problems = [this](const std::vector<std::string>& lines) { not_watched(lines); };
    watch_.emplace(std::move(options));
  }

  void not_watched(const std::vector<std::string>& lines) {
    for (const std::string& line : lines) spdlog::warn("plugins: {}", line);
    if (lines.empty()) spdlog::info("plugins: the directories are watched again");
    const std::lock_guard lock(report_mutex_);
    unwatched_ = lines;
  }

  // Brings the plugins in line with their directories, because these have changed.
  void reload_plugins(const std::set<std::string>& unfinished) {
    const std::lock_guard lock(reload_mutex_);
    LoadReport report = last_report();
    report.plugins = plugins_.reload(dcc::host::Retry::changed, unfinished);
    keep(std::move(report));
  }

  // On SIGHUP and by POST /reload.
  LoadReport reload() {
    tell_service_manager("RELOADING=1");
    LoadReport report = load();
    tell_service_manager("READY=1");
    return report;
  }

  // Brings configuration, plugins, credentials, the TLS certificate and the signing key in line
  // with their files.
  LoadReport load() {
    const std::lock_guard lock(reload_mutex_);
    LoadReport report;
    load_configuration(report);
    load_tls(report);
    load_signing(report);
    load_credentials(report);
    report.plugins = plugins_.reload();
    return keep(std::move(report));
  }

  LoadReport keep(LoadReport report) {
    observer_.loaded(report.plugins);
    {
      const std::lock_guard lock(report_mutex_);
      last_report_ = report;
    }
    const auto table = adaptor_->registry.current();
    const auto handlers = std::ranges::count_if(
        table->handlers(), [](const auto& entry) { return !entry.second->is_withdrawn(); });
    spdlog::log(!report.refused() ? spdlog::level::info : spdlog::level::warn,
                "{} handlers live, {} certificates in use{}", handlers, report.credentials,
                report.refused() ? "; something was refused, see above" : "");
    return last_report();
  }

  void load_configuration(LoadReport& report) {
    try {
      report.restart = take_over(config_, load_config(config_.file));
      spdlog::set_level(spdlog::level::from_str(config_.log_level));
    } catch (const dcc::host::ConfigError& e) {
      report.refused_configuration.emplace_back(e.what());
      spdlog::warn("configuration: {}; the one in use stays", e.what());
    }
    for (const auto& key : report.restart) {
      spdlog::warn("configuration: {} differs from what runs and counts from the next start", key);
    }
  }

  // For new connections; those there are go on as they began.
  void load_tls(LoadReport& report) {
    if (!tls_) return;
    try {
      tls_->publish(std::make_shared<const TlsContext>(*config_.tls));
    } catch (const dcc::duis::CryptoError& e) {
      report.refused_tls.emplace_back(e.what());
      spdlog::warn("tls: {}; the certificate in use stays", e.what());
    }
  }

  // For the responses that are signed from now on.
  void load_signing(LoadReport& report) {
    if (!adaptor_->signer) return;
    try {
      adaptor_->signer->publish(load_signer(*config_.signing));
    } catch (const dcc::duis::CryptoError& e) {
      report.refused_signing.emplace_back(e.what());
      spdlog::warn("signing: {}; the certificate in use stays", e.what());
    }
  }

  void load_credentials(LoadReport& report) {
    auto& problems = report.refused_credentials;
    auto fresh = std::make_shared<const Credentials>(
        Credentials::load(config_.credentials, trust_anchor(config_), problems));
    for (const auto& problem : problems) spdlog::warn("credentials: {}", problem);
    for (const auto& certificate : fresh->certificates()) {
      const auto validity = certificate.validity(unix_ms());
      spdlog::log(
          validity == dcc::duis::Validity::valid ? spdlog::level::info : spdlog::level::warn,
          "credentials: {} loaded, serial {}, {}", certificate.eui().text(), certificate.serial(),
          dcc::duis::text(validity));
    }
    // A directory that cannot be read for a moment must not turn all Users away, nor an empty one
    // that has taken its place.
    const auto current = adaptor_->credentials.current();
    const auto place = credentials_place();
    if (fresh->certificates().empty() && problems.empty() && !current->certificates().empty() &&
        place != credentials_place_) {
      problems.push_back(config_.credentials.string() +
                         ": is another directory than before, and holds no certificate: is a file "
                         "system not mounted?");
      spdlog::warn("credentials: {}", problems.back());
    }
    const bool keep = fresh->certificates().empty() && !problems.empty();
    if (keep) spdlog::warn("credentials: nothing usable found; those in use stay");
    if (!keep) credentials_place_ = place;
    const auto& in_use = keep ? current : fresh;
    report.credentials = in_use->certificates().size();
    adaptor_->credentials.publish(in_use);
  }

  std::optional<dcc::host::DirectoryId> credentials_place() const try {
    return dcc::host::check_directory(config_.credentials);
  } catch (const dcc::host::NotAccepted&) {
    return std::nullopt;  // Credentials::load() has said it
  }

  LoadReport last_report() {
    const std::lock_guard lock(report_mutex_);
    LoadReport report = last_report_;
    report.unwatched = unwatched_;
    return report;
  }

  // The same, with what has expired since.
  LoadReport report_now() {
    LoadReport report = last_report();
    if (!adaptor_->signer || !report.refused_signing.empty()) return report;
    const auto validity = adaptor_->signer->current()->certificate().validity(unix_ms());
    if (validity != dcc::duis::Validity::valid)
      report.refused_signing.push_back(out_of_date(config_.signing->certificate, validity));
    return report;
  }

  Config config_;  // what load_configuration() takes over changes
  Log& log_;
  const std::shared_ptr<PublishedTls> tls_;
  const std::shared_ptr<WaitingRequests> waiting_ = std::make_shared<WaitingRequests>(0);
  const std::shared_ptr<metrics::Traffic> traffic_ = std::make_shared<metrics::Traffic>();
  const std::shared_ptr<const dcc::duis::Schema> schema_;
  const std::unique_ptr<Shadow> shadow_;  // outlives the committer
  const bool read_later_;                 // the store, beside the host
  Store* store_ = nullptr;                // the adaptor's
  const std::shared_ptr<Adaptor> adaptor_;
  HostObserver observer_;
  PluginDirectory plugins_;
  std::atomic<HostState::Phase> phase_ = HostState::Phase::starting;
  std::atomic<const HttpServer*> service_ = nullptr;  // as soon as it is there
  std::mutex reload_mutex_;
  mutable std::mutex report_mutex_;
  LoadReport last_report_;
  std::optional<dcc::host::DirectoryId> credentials_place_;  // of those in use
  std::vector<std::string> unwatched_;
  const AdminApi api_{
      {adaptor_->registry, *store_, [this] { return report_now(); }, [this] { return reload(); },
       [this] { return adaptor_->committer->is_usable(kHealthPatience); },
       [this] { return state(); },
       [this](const HostState& now) { return metrics::exposition(traffic_->totals(), now); },
       shadow_report()}};
  asio::io_context signals_{1};
  asio::thread_pool control_{1};  // reloads, so that nothing else waits for them
  std::optional<dcc::host::DirectoryWatch> watch_;
};

}  // namespace

void make_store_directory(const Config& config) {
  const auto directory = config.store_file.parent_path();
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    throw StoreError(directory.string() +
                     ": cannot be created: " + std::generic_category().message(errno));
  }
}

std::unique_ptr<Store> open_configured_store(const Config& config) {
  if (!config.store_file.empty()) make_store_directory(config);
  return open_store(config.store_url(), {config.store_host, config.store_connections});
}

std::shared_ptr<const dcc::duis::Schema> configured_schema(const Config& config) {
  return config.schema.empty() ? dcc::duis::Schema::built_in()
                               : dcc::duis::Schema::load(config.schema);
}

void require_store(const Config& config) {
  if (may_be_there(config.store_url())) return;
  throw std::runtime_error(config.store_file.string() + ": there is no store");
}

dcc::adaptor::SignHead signing_with_key(const Config& config) {
  if (!config.signing) return {};
  return [signer = load_signer(*config.signing)](std::string_view text) {
    const auto signature = signer->sign(text);
    return std::string(signature.begin(), signature.end());
  };
}

std::optional<dcc::duis::PublicKey> signing_key(const Config& config) {
  if (!config.signing) return std::nullopt;
  return dcc::duis::Certificate::load(config.signing->certificate).key();
}

std::shared_ptr<const Signer> load_signer(const Config::SigningKey& files) {
  auto signer = std::make_shared<const Signer>(Signer::load(files.certificate, files.key));
  const auto validity = signer->certificate().validity(unix_ms());
  if (validity != dcc::duis::Validity::valid)
    throw dcc::duis::CryptoError(out_of_date(files.certificate, validity));
  return signer;
}

std::optional<std::filesystem::path> trust_anchor(const Config& config) {
  if (config.trust_anchor.empty()) return std::nullopt;
  return config.trust_anchor;
}

void serve(const Config& config) {
  // A log that goes into a closed pipe must not end the host, nor a limit on the size of files.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  keep_memory_private();
  Log log(config.log_level, config.log_file, config.log_format);
  spdlog::info("dcc-sample-host {} starts with {}", DCC_VERSION, config.file.string());
  note_crashes_as_log(config);
  raise_descriptor_limit(config);
  try {
    Host(config, log).run();
    left_in_peace(config);
  } catch (const std::exception& e) {
    // Standard error has it from the caller.
    if (!config.log_file.empty()) spdlog::critical("the host ends: {}", e.what());
    throw;
  }
}

}  // namespace sample
