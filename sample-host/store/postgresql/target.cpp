// SPDX-License-Identifier: Apache-2.0
#include "store/postgresql/target.hpp"

#include <libpq-fe.h>

#include <memory>
#include <string_view>

#include "store/store.hpp"

namespace sample::postgresql {
namespace {

struct Free {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
  void operator()(char* text) const { PQfreemem(text); }
};
using Options = std::unique_ptr<PQconninfoOption, Free>;

[[noreturn]] void refuse(const std::string& why) {
  throw StoreError(
      "store url: " + why +
      "; expected postgresql://USER:PASSWORD@HOST:PORT/DATABASE?NAME=VALUE, where / @ :"
      " ? % in a password are written %2F %40 %3A %3F %25");
}

Options parse(const std::string& url) {
  if (!url.starts_with("postgresql://") && !url.starts_with("postgres://")) {
    refuse("it does not begin with postgresql://");
  }
  char* error = nullptr;
  Options options(PQconninfoParse(url.c_str(), &error));
  const std::unique_ptr<char, Free> owned(error);
  if (options) return options;
  // What libpq quotes may be a password.
  std::string_view why = error == nullptr ? "out of memory" : error;
  why = why.substr(0, why.find('"'));
  why = why.substr(0, why.find_last_not_of(": \n") + 1);
  refuse(std::string(why));
}

std::string value_of(const Options& options, std::string_view name) {
  for (const PQconninfoOption* one = options.get(); one->keyword != nullptr; ++one) {
    if (one->keyword == name) return one->val == nullptr ? std::string() : one->val;
  }
  return {};
}

}  // namespace

Target::Target(const std::string& url) : url_(url) {
  const Options options = parse(url);
  const std::string user = value_of(options, "user"), host = value_of(options, "host"),
                    port = value_of(options, "port"), name = value_of(options, "dbname");
  // So a password looks that was not written as a url needs it; libpq would show it.
  if (host.find('@') != std::string::npos) refuse("its host has an @");
  if (name.find_first_of("@/") != std::string::npos) refuse("its database has an @ or a /");
  if (port.find_first_not_of("0123456789,") != std::string::npos) refuse("its port is no number");
  text_ = "store postgresql://" + (user.empty() ? user : user + "@") + host +
          (port.empty() ? port : ":" + port) + "/" + name;
}

}  // namespace sample::postgresql
