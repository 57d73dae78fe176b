// SPDX-License-Identifier: Apache-2.0
//
// Which database a [store] url names, as libpq reads it: postgresql://USER:PASSWORD@HOST:PORT/NAME,
// with parameters and several hosts, if need be. Immutable.
#pragma once

#include <string>

namespace sample::postgresql {

class Target {
 public:
  // Throws StoreError, which shows nothing of a url that is wrong: any part of it may be a
  // password.
  explicit Target(const std::string& url);

  const std::string& url() const { return url_; }
  // To begin messages with: store postgresql://USER@HOST:PORT/NAME, as far as the url says it.
  const std::string& text() const { return text_; }

 private:
  std::string url_;
  std::string text_;
};

}  // namespace sample::postgresql
