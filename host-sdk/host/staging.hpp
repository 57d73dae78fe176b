// SPDX-License-Identifier: Apache-2.0
//
// What a plugin instance registers while it is activated, checked and copied. Goes live only when
// the whole activation has succeeded. One thread at a time.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "dcc/plugin.h"
#include "host/handler.hpp"

namespace dcc::host {

class Staging {
 public:
  struct Registration {
    Handler::Info info;  // as far as the plugin's handler says it
    void* self = nullptr;
    dcc_handle_fn handle = nullptr;
  };
  // Who else holds an SRV, for the message; empty: nobody.
  using HolderOf = std::function<std::string(std::string_view srv)>;

  explicit Staging(HolderOf holder_of) : holder_of_(std::move(holder_of)) {}

  // dcc_registry_v1::add. A registration that is not accepted is remembered, too.
  dcc_status add(const dcc_handler& handler);

  const std::vector<Registration>& registrations() const { return registrations_; }
  // Why the first registration that was not accepted was not; empty: all were.
  const std::string& refusal() const { return refusal_; }

 private:
  dcc_status refuse(dcc_status status, const std::string& why);

  HolderOf holder_of_;
  std::vector<Registration> registrations_;
  std::string refusal_;
};

}  // namespace dcc::host
