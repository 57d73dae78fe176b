// SPDX-License-Identifier: Apache-2.0
#include "moments.hpp"

#include <chrono>
#include <csignal>
#include <stdexcept>
#include <thread>

#include "duis/identifiers.hpp"
#include "file_writes.hpp"
#include "store_view.hpp"

namespace faults {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;

// Hubs that only imports touch.
constexpr std::uint64_t kFirstHub = 0x00DB'1234'5700'0000;
constexpr std::uint64_t kHubs = 25'000;

// Long enough to get from the beginning to past the end of what is to be killed.
constexpr microseconds kReload{15'000};
constexpr microseconds kSwap{150'000};
constexpr microseconds kStart{120'000};

void must(bool worked, const char* what) {
  if (!worked) throw std::runtime_error(what);
}

// A random moment is what a harness of random kills waits for; nothing else tells when it is there.
void wait_up_to(std::mt19937_64& random, microseconds longest) {
  std::uniform_int_distribution<std::int64_t> time(0, longest.count());
  std::this_thread::sleep_for(microseconds(time(random)));
}

std::string hubs_csv(const std::string& status) {
  std::string text = "device_id,type,status\n";
  for (std::uint64_t i = 0; i < kHubs; ++i) {
    text += dcc::duis::Eui64{kFirstHub + i}.text() + ",CHF," + status + "\n";
  }
  return text;
}

// Under load, after any number of answers.
class Any : public Moment {
 public:
  using Moment::Moment;
  void arrive() override {
    must(stage_.ledger.await_answers(1 + stage_.random() % 60), "the host has stopped answering");
    wait_up_to(stage_.random, microseconds(2'000));
  }
};

// Between the write of a group of outcomes into the log and its fsync, or just after.
class Commit : public Moment {
 public:
  explicit Commit(const Stage& stage) : Moment(stage), log_(stage.host.store().string() + "-wal") {}
  void arrive() override {
    for (std::size_t i = 1 + stage_.random() % 20; i > 0; --i) {
      must(log_.wait(), "nothing was committed");
    }
    wait_up_to(stage_.random, microseconds(200));
  }

 private:
  FileWrites log_;
};

// The only one that writes the database file itself is a checkpoint.
class Checkpoint : public Moment {
 public:
  explicit Checkpoint(const Stage& stage) : Moment(stage), database_(stage.host.store()) {}
  void arrive() override {
    must(database_.wait(), "there was no checkpoint");
    wait_up_to(stage_.random, microseconds(2'000));
  }

 private:
  FileWrites database_;
};

// `import` beside the host. Each second one is killed, too.
class Import : public Moment {
 public:
  explicit Import(const Stage& stage)
      : Moment(stage),
        killed_too_(stage.everything_dies || stage.random() % 2 == 0),
        status_(next_status()) {
    file_ = stage.host.directory() / "killed.csv";
    support::write_file(file_, hubs_csv(status_));
  }

  void arrive() override {
    begin();
    wait_up_to(stage_.random, took());
  }
  void kill() override {
    if (killed_too_) process_->signal(SIGKILL);
    Moment::kill();
  }

  std::optional<bool> was_under_way() override {
    const bool under_way = killed_too_ || !process_->ended();
    const auto finished = process_->wait();
    if (!killed_too_ && finished.exit_code != 0) {
      stage_.ledger.violation("an import failed beside a killed host: " + finished.err);
    }
    return under_way;
  }

  void check() override {
    if (killed_too_) {
      begin();
      const auto start = Clock::now();
      if (const auto finished = process_->wait(); finished.exit_code != 0) {
        stage_.ledger.violation("a killed import cannot be repeated: " + finished.err);
      }
      took() = std::chrono::duration_cast<microseconds>(Clock::now() - start);
    }
    const auto others = SqliteView(stage_.host.store())
                            .devices_otherwise(kFirstHub, kFirstHub + kHubs - 1, status_);
    if (others != 0) {
      stage_.ledger.violation(std::to_string(others) + " hubs are not " + status_ +
                              " after their import");
    }
  }

 private:
  // How long an import takes here.
  static microseconds& took() {
    static microseconds time{300'000};
    return time;
  }
  // Another one each time, so that every row changes.
  static std::string next_status() {
    static bool pending = false;
    return (pending = !pending) ? "Pending" : "Commissioned";
  }
  void begin() {
    process_ = std::make_unique<support::Process>(
        support::sample_host_program(),
        std::vector<std::string>{"import", "devices", file_.string(), "--config",
                                 stage_.host.configuration().string()});
  }

  const bool killed_too_;
  const std::string status_;
  fs::path file_;
  std::unique_ptr<support::Process> process_;
};

class Reload : public Moment {
 public:
  explicit Reload(const Stage& stage) : Moment(stage), admin_(stage.host.admin_port()) {}
  void arrive() override {
    admin_.write("POST /reload HTTP/1.1\r\nHost: 127.0.0.1:" +
                 std::to_string(stage_.host.admin_port()) + "\r\nContent-Length: 0\r\n\r\n");
    wait_up_to(stage_.random, kReload);
  }
  std::optional<bool> was_under_way() override {
    try {
      admin_.receive();
      return false;
    } catch (const std::exception&) {
      return true;
    }
  }

 private:
  support::HttpClient admin_;
};

// Another build of the plugin, other settings, or both, put in the place of what runs.
class Swap : public Moment {
 public:
  using Moment::Moment;
  void arrive() override {
    before_ = lives();
    const auto what = 1 + stage_.random() % 3;
    if ((what & 1U) != 0) {
      static bool next = false;
      support::replace_file(
          stage_.host.plugins() / "ch-returns.so",
          support::read_file((next = !next) ? fs::path(NEXT_BUILD) : support::ch_returns_object()));
    }
    if ((what & 2U) != 0) {
      support::replace_file(
          stage_.host.settings() / "ch-returns.ini",
          support::ch_returns_settings() + "; " + std::to_string(stage_.random()) + "\n");
    }
    wait_up_to(stage_.random, kSwap);
    under_way_ = lives() == before_;
  }
  std::optional<bool> was_under_way() override { return under_way_; }

 private:
  // How often the host has said what is live.
  std::size_t lives() const {
    const std::string log = stage_.host.process().err();
    std::size_t count = 0;
    for (auto at = log.find(" handlers live"); at != std::string::npos;
         at = log.find(" handlers live", at + 1)) {
      ++count;
    }
    return count;
  }

  std::size_t before_ = 0;
  bool under_way_ = false;
};

// A host that starts again after a kill, and so recovers the log, is killed on its way.
class Start : public Moment {
 public:
  using Moment::Moment;
  void arrive() override {
    must(stage_.ledger.await_answers(1 + stage_.random() % 20), "the host has stopped answering");
  }
  void kill() override {
    Moment::kill();
    support::Process starting(support::sample_host_program(),
                              {"serve", "--config", stage_.host.configuration().string()});
    wait_up_to(stage_.random, kStart);
    under_way_ = starting.err().find("admin listens") == std::string::npos;
    starting.signal(SIGKILL);
    starting.wait();
  }
  std::optional<bool> was_under_way() override { return under_way_; }

 private:
  bool under_way_ = false;
};

template <typename Kind>
std::unique_ptr<Moment> make(const Stage& stage) {
  return std::make_unique<Kind>(stage);
}

}  // namespace

const std::vector<Phase>& phases() {
  static const std::vector<Phase> all = {
      {"under load", make<Any>},
      {"in a group commit", make<Commit>},
      {"in a checkpoint", make<Checkpoint>},
      {"in an import", make<Import>},
      {"in a reload", make<Reload>},
      {"in a plugin swap", make<Swap>},
      {"in a start", make<Start>},
  };
  return all;
}

void prepare_for_moments(support::HostFixture& host) {
  const auto finished = host.import("devices", hubs_csv("Whitelisted"));
  must(finished.exit_code == 0, "the hubs cannot be imported");
}

}  // namespace faults
