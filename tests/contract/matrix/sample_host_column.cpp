// SPDX-License-Identifier: Apache-2.0
//
// A column of the matrix: today's dcc-sample-host, over HTTP. One host for all rows: each plugin
// takes the place of the one before under the same file name, so that in the end every build has
// been in one process with all others.
//
//     PROGRAM PLUGIN.so...
//
// Prints a line per plugin: the file, then "ok", "refused" (it requires a service that the host
// does not offer), or the stage that failed: load, decide, swap. And a last line, "unload ok". Exit
// status 0: no stage has failed.
#include <cstdio>

#include "contract/matrix/questions.h"
#include "support/host_fixture.hpp"

using namespace support;
namespace fs = std::filesystem;

namespace {

struct Asked {
  const char* user;
  std::string device;
  const char* answer;   // of a plugin with the rule of SECMP0039
  const char* example;  // of the SDK's example
};

std::vector<Asked> questions_over_http() {
  return {{"eis", hub("Commissioned"), "I99", "I99"},
          {"sna", hub("Pending"), "I99", "I99"},
          {"lonely", hub("Pending"), "E4", "I99"},
          {"sna", hub("Commissioned"), "E5", "I99"},
          {"mdr", hub("Pending"), "E2", "I99"},
          {"gis", kNoDevice, "E19", "E19"},
          {"sna", kMeter, "E11", "E11"}};
}

struct Wrong : std::runtime_error {
  using std::runtime_error::runtime_error;
};

HostFixture::Options without_plugin() {
  HostFixture::Options options;
  options.plugin = false;
  return options;
}

void replace_file(const fs::path& file, std::string_view bytes) {
  const fs::path fresh = file.string() + ".new";
  write_file(fresh, bytes);
  fs::rename(fresh, file);
}

class Column {
 public:
  Column() : host_(without_plugin()) { host_.start(); }

  // "ok" or "refused"; throws Wrong. `stage` is how far it came.
  std::string row(const fs::path& plugin, std::string& stage) {
    const std::string bytes = read_file(plugin);
    const bool is_example = bytes.find("CHFInstallSuccess") != std::string::npos;
    const profile& rule = is_example ? example_profile : returns_profile;
    stage = "load";
    configure(rule, false);
    replace_file(host_.plugins() / "p.so", bytes);
    const unsigned status = host_.reload();
    if (status == 422 && reason().find("requires the service") != std::string::npos) {
      return "refused";
    }
    if (status != 200) throw Wrong("reload " + std::to_string(status) + ": " + reason());

    stage = "decide";
    for (const Asked& asked : questions_over_http()) {
      expect(rule, asked.user, asked.device, rule.is_example ? asked.example : asked.answer);
    }

    stage = "swap";
    configure(rule, true);
    if (host_.reload() != 200) throw Wrong("changed settings: " + reason());
    expect(rule, "sna", hub("Commissioned"), rule.changed_answer);
    return "ok";
  }

  void unload() {
    fs::remove(host_.plugins() / "p.so");
    if (host_.reload() != 200) throw Wrong("the plugin is gone, and reload fails");
    expect(returns_profile, "eis", hub("Pending"), "501");
    if (host_.stop().exit_code != 0) throw Wrong("the host does not end well");
  }

 private:
  void configure(const profile& rule, bool changed) {
    std::string text, section;
    for (std::size_t i = 0; i < rule.setting_count; ++i) {
      const setting& from = rule.settings[i];
      if (section != from.section) text += '[' + (section = from.section) + "]\n";
      text += std::string(from.key) + " = " +
              (changed && i == rule.changed ? rule.changed_value : from.value) + '\n';
    }
    replace_file(host_.settings() / "p.ini", text);
  }

  std::string reason() {
    const auto report = host_.get("/plugins");
    const auto& plugins = report.at("plugins").as_array();
    if (plugins.size() != 1) throw Wrong("one plugin expected under /plugins");
    return std::string(plugins.front().at("reason").as_string());
  }

  void expect(const profile& rule, const std::string& user, const std::string& device,
              const std::string& expected) {
    const std::vector<std::string> srvs = rule.is_example
                                              ? std::vector<std::string>{"8.14.1"}
                                              : std::vector<std::string>{"8.14.3", "8.14.4"};
    for (const std::string& srv : srvs) {
      auto fields = host_.request(user, srv, device);
      if (rule.is_example) fields.body_element = "CHFInstallSuccessSMWAN";
      const std::string got = host_.answer(user, fields);
      if (got != expected) {
        throw Wrong(srv + ' ' + user + ' ' + device + ": " + got + ", expected " + expected);
      }
    }
  }

  HostFixture host_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s PLUGIN.so...\n", argv[0]);
    return 2;
  }
  int failures = 0;
  try {
    Column column;
    for (int i = 1; i < argc; ++i) {
      std::string result, stage;
      try {
        result = column.row(argv[i], stage);
      } catch (const std::exception& error) {
        std::fprintf(stderr, "%s: %s: %s\n", argv[i], stage.c_str(), error.what());
        result = stage;
        ++failures;
      }
      std::printf("%s %s\n", argv[i], result.c_str());
    }
    column.unload();
    std::printf("unload ok\n");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    ++failures;
  }
  return failures == 0 ? 0 : 1;
}
