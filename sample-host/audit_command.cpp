// SPDX-License-Identifier: Apache-2.0
#include "audit_command.hpp"

#include <sys/stat.h>

#include <fstream>
#include <iostream>
#include <stdexcept>

#include "adaptor/audit.hpp"
#include "adaptor/outcome_json.hpp"
#include "archive/verify.hpp"
#include "duis/credentials.hpp"
#include "progress.hpp"
#include "serve.hpp"
#include "stores/stores.hpp"

namespace sample {
namespace {

namespace fs = std::filesystem;
using dcc::adaptor::hex;

constexpr std::size_t kHashSize = 32;

std::string parse_head(const std::string& text) {
  const auto head = dcc::adaptor::from_hex(text);
  if (text.empty() || (head && head->size() == kHashSize)) return head.value_or("");
  throw std::invalid_argument("--head '" + text +
                              "': expected the 64 hexadecimal digits of a hash");
}

// Whose signature the head must have; nothing: it need not have one.
std::optional<dcc::duis::PublicKey> key_of_head(const Config& config, const AuditCommand& command) {
  fs::path file = command.certificate;
  if (file.empty() && config.signing) file = config.signing->certificate;
  if (file.empty()) return std::nullopt;
  return dcc::duis::Certificate::load(file).key();
}

std::string describe(const AuditHead& head) {
  return "record " + std::to_string(head.cursor) + ", head " + hex(head.hash) +
         (head.signature.empty() ? ", not signed" : ", signed");
}

std::string of_chain(const std::string& name) {
  return name.empty() ? "" : "chain " + name + ": ";
}

// The task is told how to say how far it is.
template <class Task>
auto with_progress(Task task) {
  Progress progress;
  return task([&](std::int64_t cursor) { progress.at("records read", cursor); });
}

bool verify(Store& store, const Config& config, const AuditCommand& command, std::ostream& out) {
  dcc::adaptor::AuditCheck check{key_of_head(config, command), parse_head(command.known_head), {}};
  const dcc::adaptor::AuditReport report = with_progress([&](const auto& progress) {
    check.progress = progress;
    return verify_audit(store, check);
  });
  for (const std::string& finding : report.findings) out << "FAIL  " << finding << '\n';
  if (report.more_findings) out << "FAIL  and more\n";
  const bool whole = report.findings.empty();
  for (const dcc::adaptor::ChainReport& chain : report.chains) {
    out << (whole ? "ok    " : "FAIL  ") << of_chain(chain.name) << chain.records
        << " records read; " << describe(chain.head) << '\n';
    if (chain.start.cursor > 0) {
      out << "note  " << of_chain(chain.name) << "records up to " << chain.start.cursor
          << " were archived: audit --verify --archive DIR reads them\n";
    }
    if (chain.start.hashed_later > chain.start.cursor) {
      out << "note  records up to " << chain.start.hashed_later
          << " were stored without hashes, by version 1 of the store, and got them when it was "
             "upgraded: of the time before, the trail proves nothing\n";
    }
  }
  if (whole && !check.key && check.known_head.empty()) {
    out << "note  without a signature and without --head, records cut off at the end, or a trail "
           "made anew, would not show\n";
  }
  return whole;
}

void describe(const ArchiveReport& report, std::ostream& out) {
  const bool whole = report.findings.empty();
  const char* const signature = report.is_signed ? ", signed" : ", not signed";
  const char* const verdict = whole ? "ok    " : "FAIL  ";
  if (report.chains.empty()) out << verdict << "no records yet" << signature << '\n';
  for (const ArchivedChain& chain : report.chains) {
    out << verdict << of_chain(chain.name) << chain.records << " records read; " << chain.first
        << " to " << chain.last << ", head " << hex(chain.head) << signature << '\n';
    if (whole && chain.first > 1) {
      out << "note  " << of_chain(chain.name) << "records 1 to " << chain.first - 1
          << " are in another archive, or nowhere\n";
    }
  }
}

void export_to(Store& store, std::ostream& out) {
  with_progress([&](const auto& progress) { export_audit(store, out, progress); });
}

// A new file, for its owner only: it holds what Users have sent.
void export_to_file(Store& store, const fs::path& file) {
  if (fs::exists(file)) throw std::runtime_error(file.string() + ": is there already");
  const mode_t before = ::umask(S_IRWXG | S_IRWXO);
  std::ofstream out(file, std::ios::binary);
  ::umask(before);
  if (!out) throw std::runtime_error(file.string() + ": cannot be created");
  export_to(store, out);
}

}  // namespace

bool audit(const Config& config, const AuditCommand& command, std::ostream& out) {
  if (!command.verify && !(command.known_head.empty() && command.certificate.empty())) {
    throw std::invalid_argument("--head and --certificate go with --verify");
  }
  require_store(config);
  const auto store = open_store(config.store_url());
  const bool whole = !command.verify || verify(*store, config, command, out);
  if (command.export_file == "-") {
    export_to(*store, out);
  } else if (!command.export_file.empty()) {
    export_to_file(*store, command.export_file);
  }
  if (!command.verify && command.export_file.empty()) {
    for (dcc::adaptor::Chain* const chain : store->chains())
      out << of_chain(chain->name()) << describe(chain->audit_head()) << '\n';
  }
  return whole;
}

bool audit_archive(const std::optional<Config>& config, const AuditCommand& command,
                   std::ostream& out) {
  if (!command.verify || !command.export_file.empty()) {
    throw std::invalid_argument("--archive goes with --verify, and without --export");
  }
  ArchiveCheck check;
  check.known_head = parse_head(command.known_head);
  if (config || !command.certificate.empty()) {
    check.key = key_of_head(config.value_or(Config{}), command);
  }
  if (config && may_be_there(config->store_url())) {
    const auto store = open_store(config->store_url());
    for (dcc::adaptor::Chain* const chain : store->chains())
      check.continued[chain->name()] = chain->audit_start();
  }
  const ArchiveReport report = with_progress([&](const auto& progress) {
    check.progress = progress;
    return verify_archive(command.archive, check);
  });
  for (const std::string& finding : report.findings) out << "FAIL  " << finding << '\n';
  const bool whole = report.findings.empty();
  describe(report, out);
  if (whole && !check.key) {
    out << "note  without --certificate, or a --config with [signing], nobody's signature was "
           "asked "
           "for: who can write the archive can make it anew\n";
  }
  return whole;
}

}  // namespace sample
