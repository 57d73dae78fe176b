// SPDX-License-Identifier: Apache-2.0
#include "copy_command.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string_view>

#include "adaptor/outcome_json.hpp"
#include "duis/credentials.hpp"
#include "progress.hpp"
#include "stores/copy.hpp"
#include "stores/stores.hpp"

namespace sample {
namespace {

// Of a file, too.
std::string url_of(const std::string& text) {
  constexpr std::string_view kFile = "sqlite:";
  if (is_server(text)) return text;
  const std::string path = text.starts_with(kFile) ? text.substr(kFile.size()) : text;
  return std::string(kFile) + std::filesystem::absolute(path).string();
}

std::string of_chain(const Copied::Chain& chain) {
  std::string text = chain.name.empty() ? "the only chain" : "chain " + chain.name;
  if (chain.before != chain.name) {
    text += chain.before.empty() ? ", the only one of FROM" : ", " + chain.before + " of FROM";
  }
  return text;
}

}  // namespace

CLI::App* add_copy_store(CLI::App& app, CopyCommand& command) {
  auto* copy = app.add_subcommand(
      "copy-store", "Copy a stopped host's store to another database, and verify both");
  copy->add_option("FROM", command.from, "The store, which is only read")
      ->required()
      ->type_name("");
  copy->add_option("TO", command.to,
                   "A new file, or a database that init-store has just made, as its owner")
      ->required()
      ->type_name("");
  copy->add_option("--certificate", command.certificate,
                   "Whose signature the heads of the trail must have")
      ->type_name("FILE");
  copy->add_option("--chain", command.chain,
                   "What a file's only chain is called on a server, if not file.0: a host of that "
                   "name goes on with it")
      ->type_name("HOST.LANE");
  copy->add_flag("--beside-hosts", command.beside_hosts,
                 "Though hosts use FROM: what they accept from now on is not in the copy");
  copy->footer(
      "FROM and TO: a file, or as [store] url has it, sqlite:PATH or postgresql://...\n"
      "Outcomes, RequestIDs, facts, messages, hashes and signatures come as they are. TO is a\n"
      "store only when it was read back and is the same; killed, repeat the command.");
  return copy;
}

void copy_store(const CopyCommand& command, std::ostream& out) {
  CopyOptions options;
  if (!command.certificate.empty()) {
    options.key = dcc::duis::Certificate::load(command.certificate).key();
  }
  options.chain = command.chain;
  options.beside_hosts = command.beside_hosts;
  std::optional<Progress> progress(std::in_place);
  options.progress = [&](const char* what, std::int64_t done, std::int64_t all) {
    progress->at(what, done, all > 0 ? std::optional(all) : std::nullopt);
  };
  const auto begin = std::chrono::steady_clock::now();
  const Copied copied = copy_to_store(url_of(command.from), url_of(command.to), options);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  progress.reset();
  for (const Copied::Chain& chain : copied.chains) {
    out << "ok    " << of_chain(chain) << ": " << chain.records << " records, head "
        << dcc::adaptor::hex(chain.head.hash)
        << (chain.head.signature.empty() ? ", not signed" : ", signed") << '\n';
  }
  for (const Copied::Table& table : copied.tables) {
    if (table.rows > 0) out << "ok    " << table.name << ": " << table.rows << " rows\n";
  }
  const auto all = static_cast<double>(copied.records + copied.rows);
  out << "ok    TO was read back and is the same; "
      << static_cast<std::int64_t>(all / std::max(took.count(), 0.001))
      << " records and rows a second\n";
  if (!options.key) {
    out << "note  without --certificate nobody's signature was asked for\n";
  }
  out << "note  TO is another store than FROM: who reads /returns or /outcomes gets 409 for an "
         "older "
         "resume, and goes on with its cursor alone, after=CHAIN:CURSOR, as the chains are called "
         "now\n";
  if (options.beside_hosts) {
    out << "note  outcomes that FROM's hosts have accepted since the beginning are not in TO\n";
  }
}

}  // namespace sample
