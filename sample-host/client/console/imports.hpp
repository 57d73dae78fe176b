// SPDX-License-Identifier: Apache-2.0
//
// Rows for the host's store, as its operator brings them there: by `dcc-sample-host import`, with
// the rights of whoever runs the console. Functions are safe from any thread.
#pragma once

#include <boost/json/object.hpp>
#include <filesystem>

#include "client/console/host_program.hpp"
#include "foreign/json_tree.hpp"

namespace sample::console {

struct ImportOptions {
  HostProgram host;
  std::filesystem::path world;  // a beginning to go back to: see reset(); empty: none
};

// Question: {"device", "type", "status"}. The device gets this type and status in the inventory.
// {"said": what the import has printed}. BadInput: it is no such question; std::runtime_error: the
// import was refused, and why.
boost::json::object set_device(const ImportOptions& options, const dcc::foreign::Json& question);

// Users, devices, orders and appointments become those of users.csv, devices.csv, orders.csv and
// appointments.csv in `world`, and no others. What was answered stays. Likewise.
boost::json::object reset(const ImportOptions& options);

}  // namespace sample::console
