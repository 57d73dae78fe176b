// SPDX-License-Identifier: Apache-2.0
//
// Asks the admin interface of the host that runs with a configuration. For the main thread.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "http/listen_address.hpp"

namespace sample {

struct AdminAnswer {
  unsigned status = 0;
  boost::json::object body;
};

// Throws std::runtime_error, which names the listener: nobody answers there within the time that a
// reload may take, or not with JSON.
AdminAnswer ask_admin(const ListenAddress& admin, const std::string& method,
                      const std::string& target);

}  // namespace sample
