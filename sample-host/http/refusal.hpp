// SPDX-License-Identifier: Apache-2.0
//
// How the HTTP listeners refuse what is no request that they can read. Safe from any thread.
#pragma once

#include <boost/system/error_code.hpp>
#include <optional>

#include "http/limits.hpp"
#include "http/site.hpp"

namespace sample {

// Framing that Beast lets pass, but on which two readers could disagree where a request ends.
std::optional<Answer> refuse_framing(const RequestHead& head, bool chunked);

// The answer to a request that cannot be read to its end; nothing: there is nobody to answer.
std::optional<Answer> refuse_unreadable(boost::system::error_code error, const HttpLimits& limits);

// A request that was begun has not come to its end in time: 408.
Answer too_slow(const HttpLimits& limits);

// More is asked for than the host can do just now: 503, Retry-After.
Answer overloaded();

}  // namespace sample
