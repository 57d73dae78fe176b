// SPDX-License-Identifier: Apache-2.0
//
// Asks the admin interface of a running host. One connection, made when it is first needed; for one
// thread at a time.
#pragma once

#include <boost/json/object.hpp>
#include <memory>
#include <string>

#include "http/listen_address.hpp"

namespace sample {

struct AdminAnswer {
  unsigned status = 0;
  boost::json::object body;
};

class AdminClient {
 public:
  explicit AdminClient(ListenAddress admin);
  ~AdminClient();
  AdminClient(const AdminClient&) = delete;
  AdminClient& operator=(const AdminClient&) = delete;

  // Throws std::runtime_error, which names the listener: nobody answers there within the time that
  // a reload may take, or not with JSON.
  AdminAnswer ask(const std::string& method, const std::string& target, std::string body = {});

 private:
  struct Connection;

  const ListenAddress admin_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace sample
