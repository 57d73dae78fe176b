// SPDX-License-Identifier: Apache-2.0
//
// The DUIS services over HTTP: POST /api/v1/serviceD, serviceS and serviceT.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "adaptor/adaptor.hpp"
#include "http/site.hpp"
#include "metrics/traffic.hpp"

namespace sample {

// A request that is handed on. Calls `done` exactly once, as Site::handle.
using Handle =
    std::function<void(std::string_view endpoint, const Peer& peer, std::string body, Done done)>;
// Site::backlog().
using Backlog = std::function<std::chrono::microseconds()>;

// Site::served().
using Count = std::function<void(const Served&)>;

std::unique_ptr<Site> make_service_site(Handle handle, Backlog backlog = {}, Count count = {});

// The site of a worker that hands requests to the adaptor's pipeline, counts what becomes of them,
// and writes a line to the log for each answer. Throws StoreError.
std::unique_ptr<Site> make_service_site(std::shared_ptr<const dcc::adaptor::Adaptor> adaptor,
                                        const std::shared_ptr<metrics::Traffic>& traffic,
                                        const SiteContext& context);

}  // namespace sample
