// SPDX-License-Identifier: Apache-2.0
#include "client/console/settings_file.hpp"

#include <array>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "foreign/bad_input.hpp"
#include "foreign/members.hpp"
#include "guard/replace_file.hpp"
#include "host/file_content.hpp"
#include "host/ini.hpp"
#include "http/admin_client.hpp"

namespace sample::console {
namespace {

namespace json = boost::json;
using Clock = std::chrono::steady_clock;

// A host that watches looks within a second; the probe of a plugin that hangs takes ten.
constexpr std::chrono::seconds kPatience{15};
constexpr std::chrono::milliseconds kLookEvery{20};

// What the host says of the plugin that the settings are for; nothing: it knows none.
std::optional<json::object> report_of(AdminClient& admin, const std::string& stem) {
  AdminAnswer answer = admin.ask("GET", "/plugins");
  for (json::value& plugin : answer.body.at("plugins").as_array()) {
    if (plugin.at("file").as_string() == stem + ".so") return std::move(plugin.as_object());
  }
  return std::nullopt;
}

// Until the host has seen settings of this hash.
json::object await(AdminClient& admin, const std::string& stem, const std::string& hash,
                   Clock::time_point saved) {
  json::object result{{"live", false}, {"hash", hash}};
  for (; Clock::now() - saved < kPatience; std::this_thread::sleep_for(kLookEvery)) {
    const auto report = report_of(admin, stem);
    const std::chrono::duration<double, std::milli> since = Clock::now() - saved;
    if (!report || report->at("found_settings").as_string() != hash) continue;
    const bool is_live =
        report->at("live").as_bool() && report->at("live_settings").as_string() == hash;
    if (!is_live && !report->at("refused").as_bool()) continue;
    result["live"] = is_live;
    result["reason"] = report->at("reason");
    result["milliseconds"] = since.count();
    return result;
  }
  result["reason"] = "the host has not looked at the file: is [plugins] watch off?";
  result["milliseconds"] = nullptr;
  return result;
}

dcc::host::FileContent content_of(const std::filesystem::path& file) {
  if (file.empty())
    throw std::runtime_error("the console was started without --settings, and edits nothing");
  return dcc::host::read_file(file, dcc::host::kMaxIniSize);
}

}  // namespace

json::object SettingsFile::read() const {
  const dcc::host::FileContent content = content_of(file_);
  const std::lock_guard lock(mutex_);
  return {{"file", file_.string()},
          {"text", content.bytes},
          {"hash", content.hash},
          {"previous", previous_ ? json::value(json::string(*previous_)) : json::value()}};
}

json::object SettingsFile::save(const ListenAddress& admin, const dcc::foreign::Json& json) {
  static constexpr auto kNames = std::to_array<std::string_view>({"text", "hash"});
  const dcc::foreign::Path top;
  const dcc::foreign::Members question(json, top, kNames);
  const std::string text(dcc::foreign::read_text(question, "text"));
  const auto hash = dcc::foreign::read_word(question, "hash");

  const std::lock_guard lock(mutex_);
  const dcc::host::FileContent now = content_of(file_);
  if (now.hash != hash)
    throw dcc::foreign::BadInput(file_.string() +
                                 " was changed by somebody else since it was shown here: look at "
                                 "it again");
  AdminClient client(admin);
  const std::string stem = file_.stem().string();
  // Asked first: a host that does not answer could say nothing of what is saved, either.
  const auto before = report_of(client, stem);
  dcc::guard::replace_file(file_, text);
  const auto saved = Clock::now();
  const bool ran = before && before->at("live_settings").as_string() == now.hash;
  if (ran && now.bytes != text) previous_ = now.bytes;
  return await(client, stem, dcc::host::sha256_hex(text), saved);
}

}  // namespace sample::console
