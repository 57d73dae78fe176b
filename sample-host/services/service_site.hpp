// SPDX-License-Identifier: Apache-2.0
//
// The DUIS services as a Site: POST /api/v1/serviceD, serviceS and serviceT.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "http/site.hpp"

namespace sample {

// A request that is handed on, as by Pipeline::handle.
using Handle = std::function<void(std::string_view endpoint, const Peer& peer, std::string body,
                                  Pipeline::Done)>;
// Site::backlog().
using Backlog = std::function<std::chrono::microseconds()>;

std::unique_ptr<Site> make_service_site(Handle handle, Backlog backlog = {});

}  // namespace sample
