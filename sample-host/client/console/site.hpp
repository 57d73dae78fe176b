// SPDX-License-Identifier: Apache-2.0
//
// The console's listener: the page's files, and its questions, which only the page may ask.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "client/console/desk.hpp"
#include "http/site.hpp"

namespace sample::console {

// Who asks must name this listener as Host, come from its own page (Origin), and know the token of
// this start: 403 otherwise. So no other page, no other name that leads here, and no other user of
// this machine reaches what signs with the Users' keys.
struct SiteOptions {
  std::string token;
  Desk& desk;  // outlives the site
  // Runs a task in another thread.
  std::function<void(std::function<void()>)> defer;
};
std::unique_ptr<Site> make_site(const SiteOptions& options, const SiteContext& context);

// 128 random bits in hexadecimal digits. Throws std::runtime_error: there is no randomness.
std::string new_token();

}  // namespace sample::console
