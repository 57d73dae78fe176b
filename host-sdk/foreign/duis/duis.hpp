// SPDX-License-Identifier: Apache-2.0
//
// What stands behind a handle of dcc/duis.h: a schema, whose signatures are accepted, and who
// signs. Every function is safe from any thread; reload() runs once at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "duis/credentials.hpp"
#include "duis/reader.hpp"
#include "duis/schema.hpp"
#include "foreign/duis/options.hpp"
#include "foreign/json_tree.hpp"
#include "host/published.hpp"

namespace dcc::foreign {

class Duis {
 public:
  // Compiles the schema, and knows nobody yet. BadInput: the schema cannot be used.
  explicit Duis(DuisOptions options);
  Duis(const Duis&) = delete;
  Duis& operator=(const Duis&) = delete;

  // BadInput: what signs, or what says who is known, cannot be used; all stays as it was.
  std::string reload();
  // NotNow: nothing has been loaded yet. BadInput: a time is none.
  std::string read(std::string_view octets, std::int64_t received_at, std::int64_t deadline);
  // NotNow: likewise, or the certificate is not valid then. BadInput: it would be no response.
  std::string write(const Json& fields);

 private:
  // Replaced as a whole.
  struct Loaded {
    duis::Credentials credentials;
    std::optional<duis::Signer> signer;
    bool is_there = false;
  };

  std::shared_ptr<const Loaded> loaded() const;
  std::string read(const duis::Message& message, const Loaded& loaded, std::int64_t received_at,
                   std::int64_t deadline) const;

  // Readers that nobody uses; as many are made as calls are ever under way at once.
  class Readers {
   public:
    explicit Readers(std::shared_ptr<const duis::Schema> schema);
    // Goes back by itself.
    auto take() {
      const auto give_back = [this](duis::Reader* reader) {
        give(std::unique_ptr<duis::Reader>(reader));
      };
      return std::unique_ptr<duis::Reader, decltype(give_back)>(take_one().release(), give_back);
    }

   private:
    std::unique_ptr<duis::Reader> take_one();
    void give(std::unique_ptr<duis::Reader> reader) noexcept;

    std::shared_ptr<const duis::Schema> schema_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<duis::Reader>> idle_;
  };

  const DuisOptions options_;
  Readers readers_;
  std::mutex control_;  // held by the reload that runs
  host::Published<Loaded> loaded_;
};

}  // namespace dcc::foreign
