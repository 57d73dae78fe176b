// SPDX-License-Identifier: Apache-2.0
//
// The way of a request in process against the least that any implementation must pay, the
// cryptography alone, and against well-kept general libraries. All run in turn over the same
// documents, so that the ratios hold whatever else the machine is doing.
//
//     pipeline-bench [--rounds N] [--json FILE]
#include <algorithm>
#include <barrier>
#include <boost/json.hpp>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <thread>

#include "bench/options.hpp"
#include "bench/pipeline.hpp"
#include "bench/statistics.hpp"
#include "bench/xmlsec_peer.hpp"
#include "support/published_schema.hpp"

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using namespace bench;

constexpr std::size_t kDocuments = 256;

using Work = std::function<void(std::size_t document)>;

// One way to do the work, with what it needs for each of two threads.
class Contender {
 public:
  Contender(std::string name, const std::function<Work()>& make)
      : name_(std::move(name)), works_{make(), make()} {}

  // Every thread goes over all documents.
  void run() {
    for (std::size_t threads : {1U, 2U}) rates_[threads - 1].push_back(rate(threads));
  }
  void forget() { rates_ = {}; }

  const std::string& name() const { return name_; }
  // Documents per microsecond, of each round.
  const std::vector<double>& rates(std::size_t threads) const { return rates_[threads - 1]; }

 private:
  double rate(std::size_t threads) {
    std::chrono::steady_clock::time_point begin;
    std::barrier start(static_cast<std::ptrdiff_t>(threads),
                       [&]() noexcept { begin = std::chrono::steady_clock::now(); });
    std::vector<std::thread> running;
    for (std::size_t t = 0; t < threads; ++t) {
      running.emplace_back([&, t] {
        start.arrive_and_wait();
        for (std::size_t i = 0; i < kDocuments; ++i) works_[t](i);
      });
    }
    for (auto& thread : running) thread.join();
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begin;
    return static_cast<double>(threads * kDocuments) / took.count();
  }

  std::string name_;
  std::array<Work, 2> works_;
  std::array<std::vector<double>, 2> rates_;
};

// The median over the rounds of a / b.
double ratio(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < a.size(); ++i) ratios.push_back(a[i] / b[i]);
  return median(ratios);
}

json::array print(const std::vector<Contender>& contenders) {
  const Contender& floor = contenders.front();
  const double floor_gain = ratio(floor.rates(2), floor.rates(1));
  json::array rows;
  std::printf("%-34s %10s %10s %16s %14s\n", "", "us", "x floor", "2 threads gain", "of floor's");
  for (const Contender& contender : contenders) {
    const double us = 1 / median(contender.rates(1));
    const double times_floor = ratio(floor.rates(1), contender.rates(1));
    const double gain = ratio(contender.rates(2), contender.rates(1));
    std::printf("%-34s %10.1f %10.2f %16.2f %14.2f\n", contender.name().c_str(), us, times_floor,
                gain, gain / floor_gain);
    rows.push_back({{"name", contender.name()},
                    {"us", us},
                    {"times_floor", times_floor},
                    {"gain_of_second_thread", gain},
                    {"gain_of_floors", gain / floor_gain}});
  }
  return rows;
}

}  // namespace

int main(int argc, char** argv) {
  Options options("pipeline-bench",
                  "The way of a request in process against the cryptography alone");
  int rounds = 20;
  options.app.add_option("--rounds", rounds, "How often each contender runs, in turn");
  options.parse(argc, argv);

  const World world(kDocuments);
  const LoadedPlugin plugin(world);
  const auto& requests = world.requests();
  const auto pipeline = [&](const std::shared_ptr<const dcc::duis::Schema>& schema) {
    return [&, schema]() -> Work {
      const auto made = std::make_shared<Pipeline>(world, plugin.registry(), *schema);
      return [&, made](std::size_t i) { made->answer(requests[i]); };
    };
  };

  std::vector<Contender> contenders;
  contenders.emplace_back("floor: cryptography alone", [&]() -> Work {
    const auto floor = std::make_shared<Floor>(world);
    return [floor](std::size_t i) { floor->work(i); };
  });
  contenders.emplace_back("pipeline, profile schema", pipeline(dcc::duis::Schema::built_in()));
  if (fs::exists(support::kPublishedSchema)) {
    const auto official = support::copy_published_schema(world.directory());
    contenders.emplace_back("pipeline, official DUIS schema",
                            pipeline(dcc::duis::Schema::load(official)));
    contenders.emplace_back("libxml2 + xmlsec, official schema", [&, official]() -> Work {
      const auto peer = std::make_shared<XmlsecPeer>(world, official);
      return [&, peer](std::size_t i) { peer->answer(requests[i]); };
    });
  }
  const fs::path profile = fs::path(DCC_SOURCE_DIR) / "host-sdk/duis/profile.xsd";
  contenders.emplace_back("libxml2 + xmlsec, profile schema", [&]() -> Work {
    const auto peer = std::make_shared<XmlsecPeer>(world, profile);
    return [&, peer](std::size_t i) { peer->answer(requests[i]); };
  });

  for (Contender& contender : contenders) contender.run();  // warm
  for (Contender& contender : contenders) contender.forget();
  for (int i = 0; i < rounds; ++i) {
    for (Contender& contender : contenders) contender.run();
  }

  std::printf("%zu documents of %zu octets, %d rounds\n", kDocuments, requests.front().size(),
              rounds);
  options.write_json({{"pipeline", print(contenders)}});
}
