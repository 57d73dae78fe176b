// SPDX-License-Identifier: Apache-2.0
#include "archive/record_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "adaptor/outcome_json.hpp"
#include "duis/crypto.hpp"
#include "host/error_text.hpp"

namespace sample {
namespace {

namespace fs = std::filesystem;

// Where a frame ends: after so many records, or octets before compression.
constexpr std::size_t kFrameRecords = 1000;
constexpr std::size_t kFrameOctets = 4U << 20U;
// A frame may have one record more, whose request may have 64 MiB, twice that in hexadecimal.
constexpr std::uint64_t kMaxFrame = 512U << 20U;

}  // namespace

RecordWriter::RecordWriter(const fs::path& file)
    : file_(file),
      fd_(::open(file.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC | O_NOFOLLOW,
                 S_IRUSR | S_IWUSR)),
      context_(ZSTD_createCCtx(), ZSTD_freeCCtx) {
  if (!fd_ || ::fchmod(fd_.get(), S_IRUSR | S_IWUSR) != 0) {
    throw ArchiveError(file.string() + ": cannot be created: " + dcc::host::error_text(errno));
  }
  ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
}

void RecordWriter::add(const dcc::adaptor::Record& record) {
  lines_ += dcc::adaptor::record_to_json(record);
  lines_ += '\n';
  ++records_;
  if (records_ >= kFrameRecords || lines_.size() >= kFrameOctets) write_frame();
}

void RecordWriter::finish() {
  if (records_ > 0) write_frame();
  if (::fsync(fd_.get()) != 0) {
    throw ArchiveError(file_.string() +
                       ": cannot be forced to disk: " + dcc::host::error_text(errno));
  }
}

void RecordWriter::write_frame() {
  std::string frame(ZSTD_compressBound(lines_.size()), '\0');
  const std::size_t size =
      ZSTD_compress2(context_.get(), frame.data(), frame.size(), lines_.data(), lines_.size());
  if (ZSTD_isError(size) != 0) {
    throw ArchiveError(file_.string() + ": cannot be compressed: " + ZSTD_getErrorName(size));
  }
  std::string_view left(frame.data(), size);
  while (!left.empty()) {
    const ssize_t written = ::write(fd_.get(), left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      throw ArchiveError(file_.string() + ": cannot be written: " + dcc::host::error_text(errno));
    }
    left.remove_prefix(static_cast<std::size_t>(written));
  }
  lines_.clear();
  records_ = 0;
}

RecordReader::RecordReader(const fs::path& file)
    : file_(file), context_(ZSTD_createDCtx(), ZSTD_freeDCtx) {
  const dcc::guard::FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0) fail(dcc::host::error_text(errno));
  if (!S_ISREG(status.st_mode)) fail("is no file");
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0) return;
  void* const mapped = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd.get(), 0);
  if (mapped == MAP_FAILED) fail(dcc::host::error_text(errno));
  all_ = {static_cast<const char*>(mapped), size};
}

RecordReader::~RecordReader() {
  if (!all_.empty()) ::munmap(const_cast<char*>(all_.data()), all_.size());
}

std::string RecordReader::sha256() const {
  const auto digest = dcc::duis::sha256(all_);
  return dcc::adaptor::hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::optional<dcc::adaptor::StoredOutcome> RecordReader::next() {
  if (next_line_ == lines_.size()) {
    if (next_frame_ == all_.size()) return std::nullopt;
    next_frame_ = read_frame(next_frame_);
  }
  const std::size_t end = lines_.find('\n', next_line_);
  if (end == std::string::npos) fail("the last line has no end");
  try {
    auto record = dcc::adaptor::record_from_json(
        std::string_view(lines_).substr(next_line_, end - next_line_));
    next_line_ = end + 1;
    last_ = record.cursor;
    return record;
  } catch (const std::exception& error) {
    fail(std::string("the line cannot be read: ") + error.what());
  }
}

std::optional<dcc::adaptor::StoredOutcome> RecordReader::find(std::int64_t cursor) {
  std::vector<std::size_t> frames;
  for (std::size_t at = 0; at < all_.size(); at = end_of_frame(at)) frames.push_back(at);
  const auto behind = std::ranges::partition_point(frames, [&](std::size_t frame) {
    next_frame_ = read_frame(frame);
    const auto first = next();
    return first && first->cursor <= cursor;
  });
  if (behind == frames.begin()) return std::nullopt;
  next_frame_ = read_frame(*std::prev(behind));
  for (auto record = next(); record && record->cursor <= cursor; record = next()) {
    if (record->cursor == cursor) return record;
  }
  return std::nullopt;
}

std::size_t RecordReader::end_of_frame(std::size_t begin) const {
  const std::string_view rest = all_.substr(begin);
  const std::size_t size = ZSTD_findFrameCompressedSize(rest.data(), rest.size());
  if (ZSTD_isError(size) != 0) fail(std::string("no frame of zstd: ") + ZSTD_getErrorName(size));
  return begin + size;
}

std::size_t RecordReader::read_frame(std::size_t begin) {
  const std::size_t end = end_of_frame(begin);
  const std::string_view frame = all_.substr(begin, end - begin);
  const auto size = ZSTD_getFrameContentSize(frame.data(), frame.size());
  if (size == 0 || size > kMaxFrame) fail("a frame of zstd as an archive has none");
  lines_.resize(size);
  next_line_ = 0;
  const std::size_t read =
      ZSTD_decompressDCtx(context_.get(), lines_.data(), lines_.size(), frame.data(), frame.size());
  if (ZSTD_isError(read) != 0) fail(std::string("damaged: ") + ZSTD_getErrorName(read));
  if (read != lines_.size()) fail("damaged: a frame is shorter than it says");
  return end;
}

void RecordReader::fail(const std::string& what) const {
  throw ArchiveError(file_.string() + ": " +
                     (last_ > 0 ? "after record " + std::to_string(last_) + ": " : "") + what);
}

}  // namespace sample
