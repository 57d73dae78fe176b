// SPDX-License-Identifier: Apache-2.0
#include "archive/manifest.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cerrno>
#include <map>
#include <utility>

#include "adaptor/cursors.hpp"
#include "adaptor/outcome_json.hpp"
#include "archive/month.hpp"
#include "guard/file_descriptor.hpp"
#include "guard/force_to_disk.hpp"
#include "host/error_text.hpp"
#include "host/file_content.hpp"

namespace sample {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using dcc::adaptor::from_hex;
using dcc::adaptor::hex;

constexpr std::string_view kFormat = "dcc archive 1";
constexpr std::size_t kMaxOctets = 64U << 20U;
constexpr std::size_t kHash = 32;

[[noreturn]] void fail(const fs::path& path, const std::string& what) {
  throw ArchiveError(path.string() + ": " + what);
}

[[noreturn]] void fail_errno(const fs::path& path, const std::string& what) {
  fail(path, what + ": " + dcc::host::error_text(errno));
}

// One of ECDSA's numbers as a DER INTEGER.
std::string der_integer(std::string_view octets) {
  octets.remove_prefix(std::min(octets.find_first_not_of('\0'), octets.size() - 1));
  const bool negative = (static_cast<unsigned char>(octets.front()) & 0x80U) != 0;
  std::string value = (negative ? std::string(1, '\0') : std::string()).append(octets);
  return std::string{'\x02', static_cast<char>(value.size())} + value;
}

// As openssl dgst -verify takes it; base64.
std::string der_signature(std::string_view raw) {
  const std::string both = der_integer(raw.substr(0, 32)) + der_integer(raw.substr(32));
  const std::string all = std::string{'\x30', static_cast<char>(both.size())} + both;
  return dcc::duis::base64_encode({reinterpret_cast<const std::uint8_t*>(all.data()), all.size()});
}

bool is_valid(const dcc::duis::PublicKey& key, std::string_view text, std::string_view signature) {
  dcc::duis::RawSignature raw{};
  if (signature.size() != raw.size()) return false;
  std::copy(signature.begin(), signature.end(), raw.begin());
  return key.verify(text, raw);
}

json::object to_json(const ArchivedMonth& month) {
  json::object object;
  if (!month.chain.empty()) object["chain"] = month.chain;
  object.insert({{"month", month.month},
                 {"file", month.file},
                 {"sha256", month.sha256},
                 {"octets", month.octets},
                 {"records", month.records},
                 {"first", month.first},
                 {"last", month.last},
                 {"before", hex(month.before)},
                 {"head", hex(month.head)}});
  return object;
}

std::string text_of(const json::value& value) {
  return std::string(value.as_string());
}

std::string octets_of(const json::value& value, std::size_t size) {
  const auto octets = from_hex(value.as_string());
  if (!octets || octets->size() != size) {
    throw std::invalid_argument("'" + text_of(value) + "': expected " + std::to_string(2 * size) +
                                " hexadecimal digits");
  }
  return *octets;
}

ArchivedMonth month_from_json(const json::value& value) {
  ArchivedMonth month;
  if (const json::value* const chain = value.as_object().if_contains("chain")) {
    month.chain = text_of(*chain);
    if (!dcc::adaptor::is_chain_name(month.chain)) {
      throw std::invalid_argument("chain '" + month.chain + "': expected such as host-a.0");
    }
  }
  month.month = text_of(value.at("month"));
  month.file = text_of(value.at("file"));
  if (!is_month(month.month) || !month.file.starts_with(month.month) ||
      month.file.find('/') != std::string::npos) {
    throw std::invalid_argument("month '" + month.month + "', file '" + month.file +
                                "': expected such as 2026-05 and 2026-05.jsonl.zst");
  }
  month.sha256 = hex(octets_of(value.at("sha256"), kHash));
  month.octets = value.at("octets").as_int64();
  month.records = value.at("records").as_int64();
  month.first = value.at("first").as_int64();
  month.last = value.at("last").as_int64();
  month.before = octets_of(value.at("before"), kHash);
  month.head = octets_of(value.at("head"), kHash);
  return month;
}

Manifest manifest_from_json(std::string_view text) {
  const json::value read = json::parse(text);
  if (read.at("format").as_string() != kFormat) {
    throw std::invalid_argument("format '" + text_of(read.at("format")) + "': expected '" +
                                std::string(kFormat) + "'");
  }
  Manifest manifest;
  manifest.store = octets_of(read.at("store"), 16);
  for (const json::value& month : read.at("months").as_array()) {
    manifest.months.push_back(month_from_json(month));
  }
  return manifest;
}

void require_no_gap(const fs::path& file, const Manifest& manifest) {
  std::map<std::string_view, const ArchivedMonth*> ends;  // by chain
  for (const ArchivedMonth& month : manifest.months) {
    const std::string of = month.chain.empty() ? "" : " of chain " + month.chain;
    if (month.first < 1 || month.records < 1 || month.records != month.last - month.first + 1) {
      fail(file, month.month + of + " has " + std::to_string(month.records) + " records, " +
                     std::to_string(month.first) + " to " + std::to_string(month.last));
    }
    const ArchivedMonth* const before = std::exchange(ends[month.chain], &month);
    if (before == nullptr || (month.first == before->last + 1 && month.before == before->head &&
                              month.month > before->month)) {
      continue;
    }
    fail(file, "a month is missing" + of + " between " + before->month + " (to record " +
                   std::to_string(before->last) + ") and " + month.month + " (from record " +
                   std::to_string(month.first) + ")");
  }
}

}  // namespace

const ArchivedMonth* Manifest::last_of(std::string_view chain) const {
  const auto last = std::find_if(months.rbegin(), months.rend(),
                                 [&](const ArchivedMonth& month) { return month.chain == chain; });
  return last == months.rend() ? nullptr : &*last;
}

Manifest read_manifest(const fs::path& directory, const std::optional<dcc::duis::PublicKey>& key) {
  const fs::path file = directory / kManifestName;
  if (!fs::exists(file)) fail(directory, "is no archive: it has no " + std::string(kManifestName));
  Manifest manifest;
  std::string text;
  std::string signature;
  try {
    const auto content = dcc::host::read_file(file, kMaxOctets, dcc::host::Writers::anybody);
    const json::value outer = json::parse(content.bytes);
    text = outer.at("manifest").as_string();
    signature = from_hex(outer.at("signature").as_string()).value();
    manifest = manifest_from_json(text);
  } catch (const std::exception& error) {
    fail(file, std::string("is no manifest of an archive: ") + error.what());
  }
  manifest.is_signed = !signature.empty();
  if (key && !manifest.is_signed) fail(file, "is not signed");
  if (key && !is_valid(*key, text, signature)) {
    fail(file, "its signature is not valid, or not of this key");
  }
  require_no_gap(file, manifest);
  return manifest;
}

void write_manifest(const fs::path& directory, const Manifest& manifest,
                    const dcc::adaptor::SignHead& sign) {
  json::array months;
  for (const ArchivedMonth& month : manifest.months) months.push_back(to_json(month));
  const std::string text = json::serialize(json::object{
      {"format", kFormat}, {"store", hex(manifest.store)}, {"months", std::move(months)}});
  const std::string signature = sign ? sign(text) : std::string();
  const std::string octets =
      json::serialize(
          json::object{{"manifest", text},
                       {"signature", hex(signature)},
                       {"signature_der", signature.empty() ? "" : der_signature(signature)}}) +
      "\n";
  const fs::path file = directory / kManifestName;
  const fs::path partial = file.string() + ".partial";
  {
    const dcc::guard::FileDescriptor fd(::open(
        partial.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
    if (!fd || ::fchmod(fd.get(), S_IRUSR | S_IWUSR) != 0) fail_errno(partial, "cannot be created");
    if (::write(fd.get(), octets.data(), octets.size()) != static_cast<ssize_t>(octets.size()) ||
        ::fsync(fd.get()) != 0) {
      fail_errno(partial, "cannot be written");
    }
  }
  if (::rename(partial.c_str(), file.c_str()) != 0) fail_errno(partial, "cannot be renamed");
  if (!dcc::guard::force_to_disk(directory)) fail_errno(directory, "cannot be forced to disk");
}

}  // namespace sample
