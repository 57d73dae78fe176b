// SPDX-License-Identifier: Apache-2.0
//
// What the console's page may ask for, by name, with and as JSON. Safe from any thread; blocks it
// until the host, a program or a file has answered.
#pragma once

#include <boost/json/object.hpp>
#include <stdexcept>
#include <string_view>

#include "client/console/between.hpp"
#include "client/console/load.hpp"
#include "client/console/options.hpp"
#include "client/console/settings_file.hpp"

namespace sample::console {

// There is no question of this name.
struct NoSuchQuestion : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Desk {
 public:
  // Throws std::exception: it cannot listen for testers' own clients.
  explicit Desk(Options options)
      : options_(std::move(options)),
        settings_(options_.settings),
        load_(options_),
        between_(options_) {}

  // Where testers' own clients may be pointed at.
  std::uint16_t between_port() const { return between_.port(); }

  // start       {}              what the page shows at first: Users, SRVs with their items, hubs
  // state       {}              what is live and how the host is
  // rule        {"at": time}    rule_table(), of what is live
  // candidate   {...}           candidate_table()
  // send        {...}           exchange()
  // settings    {}              SettingsFile::read()
  // save        {...}           SettingsFile::save()
  // device      {"device": id}  GET /devices/EUI, with the Supplier and the agents by name
  // set-device  {...}           set_device()
  // reset       {}              reset()
  // audit       {}              GET /audit
  // verify      {}              verify_trail()
  // record      {...}           audit_record()
  // decide-again {"cursor": n}  decide_again()
  // live        {"after": resume}  live_outcomes()
  // start-load  {...}           Load::start(), and Load::state()
  // stop-load   {}              likewise
  // load        {}              Load::state()
  // between     {"after": n}    Between::state()
  // set-fault   {...}           Between::set_fault(), and {}
  // Throws NoSuchQuestion; dcc::foreign::BadInput: `question` is not as it should be; other
  // std::exceptions: what kept it from an answer, for the page to show.
  boost::json::object answer(std::string_view name, std::string_view question);

 private:
  struct Question;

  const Options options_;
  SettingsFile settings_;
  Load load_;
  Between between_;
};

}  // namespace sample::console
