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

// Where the trail has come: the last record, and its hash.
struct Point {
  std::int64_t cursor = 0;
  std::string hash;
};

class Archiver {
 public:
  Archiver(Store& store, const ArchiveOptions& options)
      : store_(store), chain_(dcc::adaptor::only_chain(store)), options_(options) {}

  Archived run() {
    dcc::adaptor::Retention retention(chain_, options_.sign);  // there is none: nothing is touched
    make_directory();
    const dcc::guard::FileDescriptor lock = lock_directory();
    read_or_begin();
    const Point begin = point_to_go_on();
    require_whole_trail();
    write_months(begin);
    remove(retention);
    return std::move(archived_);
  }

 private:
  const fs::path& directory() const { return options_.directory; }

  void make_directory() const {
    if (::mkdir(directory().c_str(), S_IRWXU) != 0 && errno != EEXIST) {
      fail_errno(directory(), "cannot be made");
    }
    if (!fs::is_directory(directory())) fail(directory(), "is no directory");
  }

  dcc::guard::FileDescriptor lock_directory() const {
    dcc::guard::FileDescriptor fd(::open(directory().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) fail_errno(directory(), "cannot be opened");
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
      fail_errno(directory(), "is in use by another archive command");
    }
    return fd;
  }

  // The manifest is there before any month, so a directory without one is not ours unless empty.
  void read_or_begin() {
    const std::string id = store_.identity().id;
    if (fs::exists(directory() / kManifestName)) {
      manifest_ = read_manifest(directory(), options_.manifest_key);
      if (manifest_.store != id) {
        fail(directory(), "is the archive of another store, " + hex(manifest_.store) +
                              "; this one is " + hex(id));
      }
      for (const ArchivedMonth& month : manifest_.months) {
        const fs::path file = directory() / month.file;
        std::error_code absent;
        const auto octets = fs::file_size(file, absent);
        if (absent) fail(file, "is missing: a month of the archive");
        if (static_cast<std::int64_t>(octets) != month.octets) {
          fail(file, "has " + std::to_string(octets) + " octets, expected " + number(month.octets));
        }
      }
      return;
    }
    for (const auto& entry : fs::directory_iterator(directory())) {
      if (entry.path().filename() != std::string(kManifestName) + ".partial") {
        fail(directory(), "is not empty and has no " + std::string(kManifestName) + ": there is " +
                              entry.path().filename().string() + "; give a new directory");
      }
    }
    manifest_.store = id;
    write_manifest(directory(), manifest_, options_.sign);
  }

  // Behind what the archive has. What it has and the store has as well was written and not removed:
  // the archive command was killed, or the store restored from an older backup.
  Point point_to_go_on() {
    const AuditStart start = chain_.audit_start();
    if (manifest_.months.empty()) return {start.cursor, start.hash};
    const ArchivedMonth& last = manifest_.months.back();
    if (last.last < start.cursor) {
      fail(directory(), "ends with record " + number(last.last) + ", and the store begins behind " +
                            number(start.cursor) + ": what is between is in another archive");
    }
    std::string hash = start.hash;
    if (last.last > start.cursor) {
      const auto there = chain_.outcomes(Chain::Which::all, last.last - 1, 1, false);
      hash = there.empty() || there.front().cursor != last.last ? "" : there.front().hash;
    }
    if (hash != last.head) {
      fail(directory(), "record " + number(last.last) +
                            " is another one in the store, or is not there: the store was restored "
                            "and went on otherwise; give a new directory");
    }
    return {last.last, last.head};
  }

  void require_whole_trail() {
    dcc::adaptor::AuditCheck check;
    check.key = options_.key;
    check.progress = [this](std::int64_t cursor) { progress("verified", cursor); };
    const auto report = dcc::adaptor::verify_audit(store_, check);
    if (report.findings.empty()) return;
    throw ArchiveError("the store's trail is not whole: " + report.findings.front() +
                       "; audit --verify lists all");
  }

  void write_months(Point point) {
    for (;;) {
      auto page = read(point.cursor);
      if (page.empty()) return;
      point = write_month(std::move(page), std::move(point));
    }
  }

  // Those that are old enough, from the first on.
  std::vector<StoredOutcome> read(std::int64_t cursor) {
    auto page = chain_.outcomes(Chain::Which::all, cursor, kPage, true);
    const auto end = std::ranges::find_if(page, [&](const StoredOutcome& record) {
      return record.outcome.decided_at >= options_.before;
    });
    page.erase(end, page.end());
    return page;
  }

  // A record belongs to the month that it was decided in; if the clock was put back, to the month
  // of those before it. A month that is written is not written again.
  std::string month_for(const StoredOutcome& record) const {
    std::string month = month_of(record.outcome.decided_at);
    if (manifest_.months.empty()) return month;
    return std::max(month, month_after(manifest_.months.back().month));
  }

  Point write_month(std::vector<StoredOutcome> page, Point point) {
    ArchivedMonth month;
    month.month = month_for(page.front());
    month.file = month.month + ".jsonl.zst";
    month.before = point.hash;
    month.first = point.cursor + 1;
    const fs::path file = directory() / month.file;
    const fs::path partial = file.string() + ".partial";
    {
      RecordWriter writer(partial);
      for (bool same_month = true; same_month && !page.empty();) {
        for (const StoredOutcome& record : page) {
          same_month = month_for(record) <= month.month;
          if (!same_month) break;
          writer.add(dcc::adaptor::record_of(record));
          point = {record.cursor, record.hash};
        }
        progress("archived", point.cursor);
        if (same_month) page = read(point.cursor);
      }
      writer.finish();
    }
    month.last = point.cursor;
    month.head = point.hash;
    month.records = month.last - month.first + 1;
    take(partial, file, std::move(month));
    return point;
  }

  // Read back, before anything rests on it.
  void take(const fs::path& partial, const fs::path& file, ArchivedMonth month) {
    {
      const RecordReader written(partial);
      month.octets = static_cast<std::int64_t>(written.octets());
      month.sha256 = written.sha256();
    }
    ArchivedMonth as_written = month;
    as_written.file = partial.filename();
    verify_month(directory(), as_written, {});
    if (::rename(partial.c_str(), file.c_str()) != 0) fail_errno(partial, "cannot be renamed");
    if (!dcc::guard::force_to_disk(directory())) {
      fail_errno(directory(), "cannot be forced to disk");
    }
    manifest_.months.push_back(month);
    write_manifest(directory(), manifest_, options_.sign);
    archived_.written.push_back(std::move(month));
  }

  void remove(dcc::adaptor::Retention& retention) {
    if (!manifest_.months.empty()) {
      archived_.last = manifest_.months.back().last;
      const std::int64_t begin = chain_.audit_start().cursor;
      retention.remove(archived_.last,
                       [this](std::int64_t cursor) { progress("removed", cursor); });
      archived_.removed = chain_.audit_start().cursor - begin;
    }
    archived_.forgotten = retention.forget(options_.forget_before);
  }

  void progress(const char* done, std::int64_t cursor) const {
    if (options_.progress) options_.progress(done, cursor);
  }

  Store& store_;
  Chain& chain_;
  const ArchiveOptions& options_;
  Manifest manifest_;
  Archived archived_;
};

}  // namespace

Archived archive(Store& store, const ArchiveOptions& options) {
  return Archiver(store, options).run();
}

}  // namespace sample
