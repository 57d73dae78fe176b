// SPDX-License-Identifier: Apache-2.0
#include "check/run_checks.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>

#include "check/child_notes.hpp"
#include "check/given_memory.hpp"
#include "guard/temporary_directory.hpp"
#include "host/child_process.hpp"
#include "host/one_line.hpp"

namespace dcc::check {
namespace {

namespace fs = std::filesystem;

Finding run_guarded(const Check& check, const Subject& subject) {
  try {
    return check.run(subject);
  } catch (const Found& found) {
    return found.finding;
  } catch (const std::exception& error) {
    return fail(host::printable(error.what()), "the check runs to its end");
  }
}

// Private to this process's user, gone with the object: the copies that children work on.
class WorkDirectory {
 public:
  explicit WorkDirectory(const Subject& subject) {
    write(plugin(), subject.bytes);
    if (subject.settings_file)
      fs::copy_file(*subject.settings_file, directory_.path() / "plugin.ini");
  }

  // Its settings, if there are any, lie beside it.
  fs::path plugin() const { return directory_.path() / "plugin.so"; }
  fs::path notes(std::string_view check) const { return directory_.path() / check; }

 private:
  static void write(const fs::path& file, const std::string& bytes) {
    std::ofstream out(file, std::ios::binary);
    out << bytes;
    out.close();
    if (!out) throw std::runtime_error(file.string() + ": cannot be written");
  }

  const guard::TemporaryDirectory directory_{"dcc-plugin-check"};
};

std::vector<std::string> child_arguments(const Check& check, const Subject& subject,
                                         const WorkDirectory& work) {
  std::string only(check.id);
  if (subject.only_request) only += '/' + std::to_string(*subject.only_request);
  std::vector<std::string> arguments = {
      work.plugin().string(), "--only=" + only, "--seed=" + std::to_string(subject.seed),
      "--requests=" + std::to_string(subject.requests), "--child=" + work.notes(check.id).string()};
  const auto& offered = subject.offered.arguments;
  arguments.insert(arguments.end(), offered.begin(), offered.end());
  return arguments;
}

// What is to be said of a child that ended in another way than the end of its check.
std::string strange_end(const dcc::host::ChildResult& result, const ChildNotes& notes,
                        const dcc::host::ChildLimits& limits) {
  std::string text = "the process " + dcc::host::end_text(result, limits);
  if (const std::string fault = notes.fault(); !fault.empty()) text += ": " + fault;
  return text;
}

Result run_in_child(const Check& check, const Subject& subject, const WorkDirectory& work,
                    std::chrono::milliseconds time) {
  const ChildNotes notes(work.notes(check.id), ChildNotes::Open::make);
  dcc::host::ChildLimits limits;
  limits.time = time;
  const auto result =
      dcc::host::run_child("/proc/self/exe", child_arguments(check, subject, work), limits);
  using End = dcc::host::ChildResult::End;
  if (result.end == End::failed) {
    throw std::runtime_error("a child process " + dcc::host::end_text(result, limits));
  }
  const auto finding = notes.finding();
  if (result.end == End::exited && result.number == 0 && finding) return {check, *finding, {}};
  std::string got = strange_end(result, notes, limits);
  if (notes.request() && !finding) got = "request " + std::to_string(*notes.request()) + ": " + got;
  Finding wrong{check.if_wrong, std::move(got), "the plugin returns to its host"};
  return {check, std::move(wrong), finding ? std::nullopt : notes.request()};
}

bool is_good(const std::map<std::string_view, Verdict>& verdicts, std::string_view id) {
  const auto it = verdicts.find(id);
  return it == verdicts.end() || it->second == Verdict::pass || it->second == Verdict::warn;
}

// ---- In the child

ChildNotes* notes_of_this_process = nullptr;

// Says what the plugin did, and then lets it happen.
void note_fault(int number, siginfo_t* info, void*) {
  // A signal that was sent does not come again by itself.
  if (info->si_code <= 0) {
    ::raise(number);
  } else if (const char* const fault = GivenMemory::fault_at(info->si_addr)) {
    notes_of_this_process->noticed(fault);
  }
}

void watch_faults(ChildNotes& notes) {
  static std::array<char, 1 << 16> stack;
  notes_of_this_process = &notes;
  stack_t place{};
  place.ss_sp = stack.data();
  place.ss_size = stack.size();
  ::sigaltstack(&place, nullptr);
  struct sigaction action {};
  action.sa_sigaction = note_fault;
  // After the handler the access is tried again, and ends the process.
  action.sa_flags = static_cast<int>(SA_SIGINFO | SA_ONSTACK | SA_RESETHAND);
  for (const int number : {SIGSEGV, SIGBUS}) ::sigaction(number, &action, nullptr);
}

}  // namespace

std::vector<Check> all_checks() {
  std::vector<Check> all;
  for (const auto group : {file_checks(), entry_checks(), lifecycle_checks(), handler_checks(),
                           instances_checks(), thread_checks(), process_checks()}) {
    all.insert(all.end(), group.begin(), group.end());
  }
  return all;
}

std::vector<Result> run_checks(const Subject& subject, std::string_view only,
                               std::chrono::milliseconds time) {
  const WorkDirectory work(subject);
  std::map<std::string_view, Verdict> verdicts;
  std::vector<Result> results;
  for (const Check& check : all_checks()) {
    if (!only.empty() && check.id != only) continue;
    if (!is_good(verdicts, check.needs)) {
      results.push_back({check, skip(std::string(check.needs) + " is not good"), {}});
    } else if (check.place == Check::Place::here) {
      results.push_back({check, run_guarded(check, subject), {}});
    } else {
      results.push_back(run_in_child(check, subject, work, time));
    }
    verdicts[check.id] = results.back().finding.verdict;
  }
  return results;
}

void run_as_child(const Subject& subject, std::string_view id, const fs::path& notes_file) {
  const auto checks = all_checks();
  const auto check = std::ranges::find(checks, id, &Check::id);
  if (check == checks.end()) std::_Exit(EXIT_FAILURE);
  // Never destroyed: what happens while the process ends is noted, too.
  auto& notes = *new ChildNotes(notes_file, ChildNotes::Open::existing);
  watch_faults(notes);
  Subject own = subject;
  own.notes = &notes;
  notes.finish(run_guarded(*check, own));
  // Without the plugin's and the libraries' last words, unless they are what is checked.
  if (check->place == Check::Place::child_that_exits) std::exit(EXIT_SUCCESS);
  std::_Exit(EXIT_SUCCESS);
}

}  // namespace dcc::check
