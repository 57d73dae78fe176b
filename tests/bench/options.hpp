// SPDX-License-Identifier: Apache-2.0
//
// The command line that all benchmark programs share.
#pragma once

#include <boost/json.hpp>
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <fstream>
#include <string>

#include "bench/world.hpp"

namespace bench {

class Options {
 public:
  Options(const std::string& name, const std::string& what) : app(what, name) {
    app.add_option("--json", json_file_, "Also write the figures to this file")->type_name("FILE");
  }

  // Ends the program after --help or wrong usage.
  void parse(int argc, char** argv) {
    try {
      app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      std::exit(app.exit(error) == 0 ? 0 : 2);
    }
  }

  void write_json(const boost::json::object& figures) const {
    if (json_file_.empty()) return;
    std::ofstream out(json_file_);
    out << boost::json::serialize(figures) << '\n';
    if (!out.flush()) fail(json_file_ + ": cannot be written");
  }

  CLI::App app;

 private:
  std::string json_file_;
};

}  // namespace bench
