// SPDX-License-Identifier: Apache-2.0
//
// Trains a dictionary for the outcomes of a store (sample-host/store/packing) on what real hosts
// have made of real requests, all of them made here:
//
//     train-dictionary --version 2 sample-host/store/packing/dictionary-2
//
// Keys and signatures are new each time, so each run writes another one, of the same worth. One
// that has packed anything is never replaced: a new one gets the next number and goes behind it in
// sample-host/store/packing/CMakeLists.txt.
#include <zdict.h>
#include <zstd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <random>

#include "dictionary/sites.hpp"
#include "store/packing/packing.hpp"

namespace {

using Samples = std::vector<std::string>;

constexpr int kLevel = 1;

std::size_t checked(std::size_t result) {
  if (ZDICT_isError(result) != 0) throw std::runtime_error(ZDICT_getErrorName(result));
  return result;
}

struct Joined {
  std::string octets;
  std::vector<std::size_t> sizes;
};
Joined join(const Samples& samples) {
  Joined joined;
  for (const std::string& sample : samples) {
    joined.octets += sample;
    joined.sizes.push_back(sample.size());
  }
  return joined;
}

// Octets per sample.
double packed_size(const std::string& dictionary, const Samples& samples) {
  ZSTD_CCtx* const context = ZSTD_createCCtx();
  sample::prepare_packing(*context, dictionary);
  std::string packed;
  std::size_t sum = 0;
  for (const std::string& sample : samples) {
    packed.resize(ZSTD_compressBound(sample.size()));
    sum += checked(
        ZSTD_compress2(context, packed.data(), packed.size(), sample.data(), sample.size()));
  }
  ZSTD_freeCCtx(context);
  return static_cast<double>(sum) / static_cast<double>(samples.size());
}

std::string finished(const std::string& content, const Joined& samples, std::size_t size,
                     std::uint32_t id) {
  ZDICT_params_t parameters{};
  parameters.compressionLevel = kLevel;
  parameters.dictID = id;
  std::string dictionary(size, '\0');
  dictionary.resize(checked(ZDICT_finalizeDictionary(
      dictionary.data(), dictionary.size(), content.data(), content.size(), samples.octets.data(),
      samples.sizes.data(), static_cast<unsigned>(samples.sizes.size()), parameters)));
  return dictionary;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Trains a dictionary for the outcomes of a store", "train-dictionary");
  std::uint32_t version = 0;
  std::size_t sites = 24, requests = 150, size = 16'384;
  std::string file;
  app.add_option("--version", version, "its number")->required();
  app.add_option("--sites", sites, "hosts; a quarter more judge what it is worth")
      ->capture_default_str();
  app.add_option("--requests", requests, "to each host")->capture_default_str();
  app.add_option("--size", size, "of the dictionary, in octets")->capture_default_str();
  app.add_option("FILE", file, "where to write it")->required();
  CLI11_PARSE(app, argc, argv);

  std::mt19937_64 random(version);
  const auto outcomes = [&](std::size_t count) {
    Samples all;
    for (std::size_t i = 0; i < count; ++i) {
      Samples more = dictionary::outcomes_of_a_site(random, requests);
      all.insert(all.end(), more.begin(), more.end());
    }
    return all;
  };
  const Samples samples = outcomes(sites);
  const Samples others = outcomes(std::max<std::size_t>(1, sites / 4));
  const Joined joined = join(samples);

  std::string trained(size, '\0');
  trained.resize(checked(ZDICT_trainFromBuffer(trained.data(), trained.size(), joined.octets.data(),
                                               joined.sizes.data(),
                                               static_cast<unsigned>(joined.sizes.size()))));
  const std::size_t head = checked(ZDICT_getDictHeaderSize(trained.data(), trained.size()));
  const std::string dictionary =
      finished(trained.substr(head), joined, size, sample::dictionary_id(version));

  std::printf("trained on %zu outcomes; %zu of other hosts: %.0f octets each, packed %.0f\n",
              samples.size(), others.size(),
              static_cast<double>(join(others).octets.size()) / static_cast<double>(others.size()),
              packed_size(dictionary, others));
  std::ofstream out(file, std::ios::binary);
  out << dictionary;
  if (!out.flush()) throw std::runtime_error(file + ": cannot be written");
}
