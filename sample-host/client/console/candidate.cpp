// SPDX-License-Identifier: Apache-2.0
#include "client/console/candidate.hpp"

#include <array>
#include <boost/json/parse.hpp>
#include <chrono>
#include <stdexcept>
#include <string>

#include "client/console/host_questions.hpp"
#include "client/console/rule_table.hpp"
#include "foreign/bad_input.hpp"
#include "foreign/members.hpp"
#include "guard/replace_file.hpp"
#include "guard/temporary_directory.hpp"
#include "host/contract_limits.hpp"
#include "host/file_content.hpp"
#include "host/ini.hpp"
#include "json/json_text.hpp"
#include "shadow/decide_process.hpp"

namespace sample::console {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using dcc::foreign::Members;
using dcc::foreign::Path;

// A plugin that hangs in its probe takes ten seconds.
constexpr std::chrono::milliseconds kTimeToLoad{15'000};
constexpr std::chrono::milliseconds kTimeToDecide{5'000};

// A new one in a directory of this process's user alone.
fs::path add(const dcc::guard::TemporaryDirectory& to, const char* name) {
  fs::path made = to.path() / name;
  fs::create_directory(made);
  fs::permissions(made, fs::perms::owner_all);
  return made;
}

// A path of the host's configuration; `otherwise`: it has none.
fs::path configured(const Options& options, std::string_view key, const fs::path& otherwise) {
  const fs::path& file = options.imports.host.configuration;
  if (file.empty()) return otherwise;
  for (const auto& setting : dcc::host::read_ini(file)) {
    if (setting.section == "plugins" && setting.key == key && !setting.value.empty())
      return fs::absolute(file).parent_path() / setting.value;
  }
  return otherwise;
}

fs::path build_of(const Options& options, bool other_build) {
  if (!other_build) {
    const fs::path directory = configured(options, "directory", {});
    if (directory.empty())
      throw std::runtime_error(
          "the console was started without --config, and does not know which build the host has");
    return directory / (options.settings.stem().string() + ".so");
  }
  if (options.candidate.build.empty())
    throw std::runtime_error("the console was started without --candidate, and has no other build");
  return options.candidate.build;
}

// A dcc-decide with the candidate alone.
class Apart {
 public:
  Apart(const Options& options, const fs::path& build, std::string_view settings)
      : process_(configured(options, "decide", options.candidate.decide),
                 written(options, build, settings)) {
    const json::object state = ask(R"({"id":0,"state":true})", kTimeToLoad);
    for (const json::value& plugin : state.at("plugins").as_array()) {
      if (plugin.at("live").as_bool()) return;
      const auto& why = plugin.at("reason").as_string();
      throw dcc::foreign::BadInput("the candidate is refused: " +
                                   std::string(why.data(), why.size()));
    }
    throw std::runtime_error("dcc-decide has not seen the candidate");
  }

  Trial decide(const json::object& message) {
    return trial_of(
        ask(dcc::json_text(json::object{{"id", 1}, {"decide", message}}), kTimeToDecide));
  }

 private:
  fs::path written(const Options& options, const fs::path& build, std::string_view settings) const {
    const std::string stem = options.settings.stem().string();
    const fs::path plugins = add(directory_, "plugins"), inis = add(directory_, "plugins.d");
    fs::path file = directory_.path() / "options.json";
    dcc::guard::replace_file(plugins / (stem + ".so"),
                             dcc::host::read_file(build, dcc::host::kMaxPluginSize).bytes);
    dcc::guard::replace_file(inis / (stem + ".ini"), settings);
    dcc::guard::replace_file(
        file, dcc::json_text(json::object{
                  {"plugins", plugins.string()},
                  {"settings", inis.string()},
                  {"cache", add(directory_, "cache").string()},
                  {"probe", configured(options, "probe", options.candidate.probe).string()},
                  {"watch", false},
                  {"name", "duis-client console, candidate"}}));
    return file;
  }

  json::object ask(const std::string& line, std::chrono::milliseconds patience) {
    const DecideProcess::Reply reply = process_.ask(line, patience);
    if (reply.how == DecideProcess::End::late)
      throw std::runtime_error("the candidate does not answer in time");
    if (reply.how == DecideProcess::End::ended) {
      std::string why = reply.line;
      for (const std::string& said : process_.log()) why += "; " + said;
      throw std::runtime_error("the candidate's process " + why);
    }
    json::value read = json::parse(reply.line);
    json::value* const answer = read.as_object().if_contains("answer");
    if (answer == nullptr) throw std::runtime_error("dcc-decide: " + reply.line);
    return std::move(answer->as_object());
  }

  const dcc::guard::TemporaryDirectory directory_{"duis-client"};
  DecideProcess process_;
};

}  // namespace

bool has_candidates(const Options& options) {
  return !options.settings.empty() &&
         !(options.imports.host.configuration.empty() && options.candidate.build.empty());
}

json::object candidate_table(const Options& options, const dcc::foreign::Json& json) {
  static constexpr auto kNames = std::to_array<std::string_view>({"at", "settings", "other_build"});
  const Path top;
  const Members question(json, top, kNames);
  const std::int64_t at = dcc::foreign::read_integer(question, "at");
  const auto settings = dcc::foreign::read_text(question, "settings");
  if (options.settings.empty())
    throw std::runtime_error("the console was started without --settings, and tries none");
  Apart apart(options, build_of(options, dcc::foreign::read_boolean(question, "other_build")),
              settings);
  return rule_table([&](const json::object& message) { return apart.decide(message); },
                    options.target, at);
}

}  // namespace sample::console
