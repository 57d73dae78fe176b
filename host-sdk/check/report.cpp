// SPDX-License-Identifier: Apache-2.0
#include "check/report.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <ostream>

#include "host/file_content.hpp"
#include "host/one_line.hpp"

namespace dcc::check {
namespace {

// Between quotes if a shell might take the word for something else.
std::string shell_word(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./+=:,@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == word.npos) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + '\'';
}

// The command that runs this check alone, with the request that it failed at.
std::string again(const Subject& subject, const Result& result) {
  std::string line = "dcc-plugin-check " + shell_word(subject.file.string());
  if (subject.settings_file) line += " --settings " + shell_word(subject.settings_file->string());
  for (const std::string& argument : subject.offered.arguments) line += ' ' + shell_word(argument);
  line += " --seed " + std::to_string(subject.seed) + " --requests " +
          std::to_string(subject.requests) + " --only " + std::string(result.check.id);
  if (result.request) line += '/' + std::to_string(*result.request);
  return line;
}

bool is_wrong(const Finding& finding) {
  return finding.verdict == Verdict::fail || finding.verdict == Verdict::warn;
}

// As it stands in both reports.
const char* name(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return "pass";
    case Verdict::warn:
      return "warn";
    case Verdict::fail:
      return "fail";
    case Verdict::skipped:
      break;
  }
  return "skipped";
}

std::size_t count(const std::vector<Result>& results, Verdict verdict) {
  return static_cast<std::size_t>(std::ranges::count(
      results, verdict, [](const Result& result) { return result.finding.verdict; }));
}

void write_result(std::ostream& out, const Subject& subject, const Result& result) {
  const Finding& finding = result.finding;
  std::string verdict = name(finding.verdict);
  verdict.resize(9, ' ');
  out << verdict << result.check.id;
  if (is_wrong(finding)) {
    out << ": " << result.check.what << "\n           got       " << finding.got
        << "\n           expected  " << finding.expected << "\n           again     "
        << again(subject, result) << '\n';
    return;
  }
  if (!finding.got.empty()) out << ": " << finding.got;
  out << '\n';
}

boost::json::object json(const Subject& subject, const Result& result) {
  const Finding& finding = result.finding;
  boost::json::object object;
  object["id"] = result.check.id;
  object["group"] = result.check.group();
  object["what"] = result.check.what;
  object["verdict"] = name(finding.verdict);
  object["got"] = finding.got;
  if (!is_wrong(finding)) return object;
  object["expected"] = finding.expected;
  if (result.request) object["request"] = *result.request;
  object["again"] = again(subject, result);
  return object;
}

}  // namespace

bool is_good(const std::vector<Result>& results) {
  return count(results, Verdict::fail) == 0;
}

void write_text(std::ostream& out, const Subject& subject, const std::vector<Result>& results) {
  out << "plugin   " << subject.file.string() << "\nSHA-256  "
      << dcc::host::sha256_hex(subject.bytes) << "\nsettings "
      << (subject.settings_file ? subject.settings_file->string() : "none") << "\nseed     "
      << subject.seed << ", " << subject.requests << " requests for each check of handlers\n\n";
  for (const Result& result : results) write_result(out, subject, result);
  out << '\n'
      << results.size() << " checks: " << count(results, Verdict::pass) << " passed, "
      << count(results, Verdict::warn) << " warnings, " << count(results, Verdict::fail)
      << " failed, " << count(results, Verdict::skipped) << " skipped\n"
      << (is_good(results) ? "good\n" : "NOT good\n");
}

void write_json(std::ostream& out, const Subject& subject, const std::vector<Result>& results) {
  boost::json::object report;
  report["plugin"] = host::printable(subject.file.string(), std::string::npos);
  report["sha256"] = dcc::host::sha256_hex(subject.bytes);
  if (subject.settings_file) {
    report["settings"] = host::printable(subject.settings_file->string(), std::string::npos);
  } else {
    report["settings"] = nullptr;
  }
  report["seed"] = subject.seed;
  report["requests"] = subject.requests;
  report["good"] = is_good(results);
  for (const Verdict verdict : {Verdict::pass, Verdict::warn, Verdict::fail, Verdict::skipped}) {
    report[name(verdict)] = count(results, verdict);
  }
  boost::json::array checks;
  for (const Result& result : results) checks.push_back(json(subject, result));
  report["checks"] = std::move(checks);
  out << host::valid_utf8(boost::json::serialize(report), R"(\\x)") << '\n';
}

void write_list(std::ostream& out) {
  const auto checks = all_checks();
  std::size_t width = 0;
  for (const Check& check : checks) width = std::max(width, check.id.size());
  for (const Check& check : checks) {
    out << check.id << std::string(width + 2 - check.id.size(), ' ') << check.what << '\n';
  }
}

}  // namespace dcc::check
