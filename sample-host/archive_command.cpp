// SPDX-License-Identifier: Apache-2.0
#include "archive_command.hpp"

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "adaptor/unix_ms.hpp"
#include "archive/archiver.hpp"
#include "archive/month.hpp"
#include "duis/credentials.hpp"
#include "duis/writer.hpp"
#include "progress.hpp"
#include "serve.hpp"
#include "stores/stores.hpp"

namespace sample {
namespace {

constexpr std::int64_t kDay = 86'400'000;

// A month that is not over would get more outcomes.
std::int64_t parse_before(const std::string& date, std::int64_t now) {
  const auto before = first_of_month(date);
  if (!before) {
    throw std::invalid_argument("--before '" + date +
                                "': expected the first of a month, such as 2026-06-01");
  }
  if (*before > now) {
    throw std::invalid_argument("--before '" + date + "': that month has not begun; at most " +
                                month_of(now) + "-01");
  }
  return *before;
}

}  // namespace

void archive(const Config& config, const ArchiveCommand& command, std::ostream& out) {
  const std::int64_t now = dcc::adaptor::unix_ms();
  ArchiveOptions options;
  options.before = parse_before(command.before, now);
  require_store(config);
  options.directory = std::filesystem::absolute(command.directory);
  options.forget_before = now - config.remember_days * kDay;
  options.sign = signing_with_key(config);
  options.key = signing_key(config);
  options.manifest_key = command.certificate.empty()
                             ? options.key
                             : dcc::duis::Certificate::load(command.certificate).key();
  std::optional<Progress> progress(std::in_place);
  options.progress = [&](const char* what, std::int64_t cursor) {
    progress->at(std::string("is the last record ") + what, cursor);
  };
  const auto store = open_store(config.store_url());
  const Archived done = archive(*store, options);
  progress.reset();
  for (const ArchivedMonth& month : done.written) {
    out << "ok    " << month.file << ": records " << month.first << " to " << month.last << ", "
        << month.octets << " octets\n";
  }
  out << "ok    " << done.removed << " outcomes have left the store";
  if (!done.end.all().empty()) out << "; the archive ends with record " << done.end.text();
  out << '\n';
  if (!done.room_kept.empty()) {
    out << "note  their room is not given back yet, the next archive does it: " << done.room_kept
        << '\n';
  }
  if (done.forgotten > 0) {
    out << "ok    " << done.forgotten << " RequestIDs are older than " << config.remember_days
        << " days: forgotten but for each originator's highest counter\n";
  }
  if (!options.sign) {
    out << "note  without [signing] the archive is hashed, but not signed: who can write it can "
           "make it anew\n";
  }
}

}  // namespace sample
