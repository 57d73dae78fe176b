// SPDX-License-Identifier: Apache-2.0
#include "archive/archiver.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "adaptor/audit.hpp"
#include "adaptor/outcome_json.hpp"
#include "adaptor/retention.hpp"
#include "archive/month.hpp"
#include "archive/record_file.hpp"
#include "archive/verify.hpp"
#include "guard/file_descriptor.hpp"
#include "guard/force_to_disk.hpp"
#include "host/error_text.hpp"

namespace sample {
namespace {

namespace fs = std::filesystem;
using dcc::adaptor::AuditStart;
using dcc::adaptor::Chain;
using dcc::adaptor::hex;
using dcc::adaptor::Retention;
using dcc::adaptor::Store;
using dcc::adaptor::StoredOutcome;

constexpr std::size_t kPage = 256;

std::string number(std::int64_t value) {
  return std::to_string(value);
}

[[noreturn]] void fail(const fs::path& path, const std::string& what) {
  throw ArchiveError(path.string() + ": " + what);
}

[[noreturn]] void fail_errno(const fs::path& path, const std::string& what) {
  fail(path, what + ": " + dcc::host::error_text(errno));
}

// Where a chain has come: the last record, and its hash.
struct Point {
  std::int64_t cursor = 0;
  std::string hash;
};

// An archive's directory, from when it is known to be the store's and nobody else's.
class Directory {
 public:
  // Made if it is not there, and the manifest with it.
  Directory(const ArchiveOptions& options, const std::string& store_id)
      : path_(options.directory), options_(options), lock_(locked(path_)) {
    read_or_begin(store_id);
  }

  const fs::path& path() const { return path_; }
  const Manifest& manifest() const { return manifest_; }

  // A file that is written, and read back before anything rests on it.
  void take(const fs::path& partial, ArchivedMonth month) {
    const fs::path file = path_ / month.file;
    {
      const RecordReader written(partial);
      month.octets = static_cast<std::int64_t>(written.octets());
      month.sha256 = written.sha256();
    }
    ArchivedMonth as_written = month;
    as_written.file = partial.filename();
    verify_month(path_, as_written, {});
    if (::rename(partial.c_str(), file.c_str()) != 0) fail_errno(partial, "cannot be renamed");
    if (!dcc::guard::force_to_disk(path_)) fail_errno(path_, "cannot be forced to disk");
    manifest_.months.push_back(std::move(month));
    write_manifest(path_, manifest_, options_.sign);
  }

 private:
  static dcc::guard::FileDescriptor locked(const fs::path& path) {
    if (::mkdir(path.c_str(), S_IRWXU) != 0 && errno != EEXIST) fail_errno(path, "cannot be made");
    if (!fs::is_directory(path)) fail(path, "is no directory");
    dcc::guard::FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) fail_errno(path, "cannot be opened");
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
      fail_errno(path, "is in use by another archive command");
    }
    return fd;
  }

  // The manifest is there before any month, so a directory without one is not ours unless empty.
  void read_or_begin(const std::string& store_id) {
    if (fs::exists(path_ / kManifestName)) return read(store_id);
    for (const auto& entry : fs::directory_iterator(path_)) {
      if (entry.path().filename() != std::string(kManifestName) + ".partial") {
        fail(path_, "is not empty and has no " + std::string(kManifestName) + ": there is " +
                        entry.path().filename().string() + "; give a new directory");
      }
    }
    manifest_.store = store_id;
    write_manifest(path_, manifest_, options_.sign);
  }

  void read(const std::string& store_id) {
    manifest_ = read_manifest(path_, options_.manifest_key);
    if (manifest_.store != store_id) {
      fail(path_, "is the archive of another store, " + hex(manifest_.store) + "; this one is " +
                      hex(store_id));
    }
    for (const ArchivedMonth& month : manifest_.months) {
      const fs::path file = path_ / month.file;
      std::error_code absent;
      const auto octets = fs::file_size(file, absent);
      if (absent) fail(file, "is missing: a month of the archive");
      if (static_cast<std::int64_t>(octets) != month.octets) {
        fail(file, "has " + std::to_string(octets) + " octets, expected " + number(month.octets));
      }
    }
  }

  const fs::path path_;
  const ArchiveOptions& options_;
  const dcc::guard::FileDescriptor lock_;
  Manifest manifest_;
};

// One chain's part of it.
class ChainArchiver {
 public:
  ChainArchiver(Chain& chain, const ArchiveOptions& options) : chain_(chain), options_(options) {}

  // Behind what the archive has. What it has and the store has as well was written and not removed:
  // the archive command was killed, or the store restored from an older backup.
  void find_begin(const Directory& directory) {
    const AuditStart start = chain_.audit_start();
    point_ = {start.cursor, start.hash};
    const ArchivedMonth* const last = directory.manifest().last_of(chain_.name());
    if (last == nullptr) return;
    if (last->last < start.cursor) {
      fail(directory.path(), "ends with record " + name_of(last->last) +
                                 ", and the store begins behind " + name_of(start.cursor) +
                                 ": what is between is in another archive");
    }
    std::string hash = start.hash;
    if (last->last > start.cursor) {
      const auto there = chain_.outcomes(Chain::Which::all, last->last - 1, 1, false);
      hash = there.empty() || there.front().cursor != last->last ? "" : there.front().hash;
    }
    if (hash != last->head) {
      fail(directory.path(),
           "record " + name_of(last->last) +
               " is another one in the store, or is not there: the store was restored "
               "and went on otherwise; give a new directory");
    }
    point_ = {last->last, last->head};
  }

  void write_months(Directory& directory, std::vector<ArchivedMonth>& written) {
    for (auto page = read(); !page.empty(); page = read()) {
      write_month(directory, std::move(page));
      written.push_back(directory.manifest().months.back());
    }
  }

  void remove(const Manifest& manifest, Archived& archived) {
    Retention retention(chain_, options_.sign);
    if (const ArchivedMonth* const last = manifest.last_of(chain_.name())) {
      archived.end.set(chain_.name(), last->last);
      const std::int64_t begin = chain_.audit_start().cursor;
      retention.remove(last->last, [this](std::int64_t cursor) { progress("removed", cursor); });
      archived.removed += chain_.audit_start().cursor - begin;
    }
    archived.forgotten += retention.forget(options_.forget_before);
  }

 private:
  std::string name_of(std::int64_t cursor) const {
    return (chain_.name().empty() ? "" : chain_.name() + ":") + number(cursor);
  }

  // Those that are old enough, from the first on.
  std::vector<StoredOutcome> read() {
    auto page = chain_.outcomes(Chain::Which::all, point_.cursor, kPage, true);
    const auto end = std::ranges::find_if(page, [&](const StoredOutcome& record) {
      return record.outcome.decided_at >= options_.before;
    });
    page.erase(end, page.end());
    return page;
  }

  // A record belongs to the month that it was decided in; if the clock was put back, to the month
  // of those before it. A month that is written is not written again.
  std::string month_for(const Manifest& manifest, const StoredOutcome& record) const {
    const std::string month = month_of(record.outcome.decided_at);
    const ArchivedMonth* const last = manifest.last_of(chain_.name());
    return last == nullptr ? month : std::max(month, month_after(last->month));
  }

  void write_month(Directory& directory, std::vector<StoredOutcome> page) {
    const Manifest& manifest = directory.manifest();
    ArchivedMonth month;
    month.chain = chain_.name();
    month.month = month_for(manifest, page.front());
    month.file = month.month + (month.chain.empty() ? "" : "." + month.chain) + ".jsonl.zst";
    month.before = point_.hash;
    month.first = point_.cursor + 1;
    const fs::path partial = directory.path() / (month.file + ".partial");
    {
      RecordWriter writer(partial);
      for (bool same_month = true; same_month && !page.empty();) {
        for (const StoredOutcome& record : page) {
          same_month = month_for(manifest, record) <= month.month;
          if (!same_month) break;
          writer.add(dcc::adaptor::record_of(record));
          point_ = {record.cursor, record.hash};
        }
        progress("archived", point_.cursor);
        if (same_month) page = read();
      }
      writer.finish();
    }
    month.last = point_.cursor;
    month.head = point_.hash;
    month.records = month.last - month.first + 1;
    directory.take(partial, std::move(month));
  }

  void progress(const char* done, std::int64_t cursor) const {
    if (options_.progress) options_.progress(done, cursor);
  }

  Chain& chain_;
  const ArchiveOptions& options_;
  Point point_;  // up to which the archive has it
};

void require_whole_trail(Store& store, const ArchiveOptions& options) {
  dcc::adaptor::AuditCheck check;
  check.key = options.key;
  check.progress = [&](std::int64_t cursor) {
    if (options.progress) options.progress("verified", cursor);
  };
  const auto report = dcc::adaptor::verify_audit(store, check);
  if (report.findings.empty()) return;
  throw ArchiveError("the store's trail is not whole: " + report.findings.front() +
                     "; audit --verify lists all");
}

void require_chains(Store& store, const Directory& directory) {
  const auto chains = store.chains();
  for (const ArchivedMonth& month : directory.manifest().months) {
    if (std::ranges::find(chains, month.chain, &Chain::name) != chains.end()) continue;
    fail(directory.path(), "chain " + month.chain +
                               " is not in the store: the store was restored and went on "
                               "otherwise; give a new directory");
  }
}

}  // namespace

Archived archive(Store& store, const ArchiveOptions& options) {
  const auto all = store.chains();
  Retention retention(*all.front(), options.sign);  // there is none: nothing is touched
  std::vector<ChainArchiver> chains;
  chains.reserve(all.size());
  for (Chain* const chain : all) chains.emplace_back(*chain, options);
  Directory directory(options, store.identity().id);
  require_chains(store, directory);
  for (ChainArchiver& chain : chains) chain.find_begin(directory);
  require_whole_trail(store, options);
  Archived archived;
  for (ChainArchiver& chain : chains) chain.write_months(directory, archived.written);
  for (ChainArchiver& chain : chains) chain.remove(directory.manifest(), archived);
  try {
    retention.give_back_room();
  } catch (const dcc::adaptor::StoreError& error) {
    archived.room_kept = error.what();  // the outcomes have left all the same
  }
  return archived;
}

}  // namespace sample
