// SPDX-License-Identifier: Apache-2.0
//
// Where a request goes: its target and its Host (RFC 9112, 3.2). Pure; safe from any thread.
#pragma once

#include <optional>
#include <string_view>

#include "http/site.hpp"

namespace sample {

// The host of a Host field's value, or of a target's authority: without its port, an IPv6 address
// in brackets, empty if there is none. Nothing: the value is not valid.
std::optional<std::string_view> host_of(std::string_view authority);

// Brings a target in absolute-form, as proxies get it, into origin-form; its host and port replace
// those of the Host field. The answer that refuses a target in no form, or nothing.
std::optional<Answer> to_origin_form(RequestHead& head);

}  // namespace sample
