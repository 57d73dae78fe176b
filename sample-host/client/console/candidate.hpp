// SPDX-License-Identifier: Apache-2.0
//
// A candidate beside the rule as it runs: another build of the plugin, or other settings, tried in
// a dcc-decide apart. Nothing of it comes near the host. Functions are safe from any thread.
#pragma once

#include <boost/json/object.hpp>
#include <filesystem>

#include "client/console/options.hpp"
#include "foreign/json_tree.hpp"

namespace sample::console {

// Whether there is anything that a candidate can be made of: settings, and a build.
bool has_candidates(const Options& options);

// The rule_table() of a candidate. Question:
//   {"at": Unix milliseconds, "settings": the text of its settings file,
//    "other_build": true: options.candidate.build; false: the file in [plugins] directory}
// BadInput: it is no such question, or the candidate is refused, and why; std::exception: what else
// kept it from deciding.
boost::json::object candidate_table(const Options& options, const dcc::foreign::Json& question);

}  // namespace sample::console
