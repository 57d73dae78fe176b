// SPDX-License-Identifier: Apache-2.0
#include "client/console/host_program.hpp"

#include <chrono>
#include <stdexcept>

namespace sample::console {
namespace {

constexpr std::chrono::minutes kPatience{5};

}  // namespace

dcc::host::ChildResult run_host(const HostProgram& host, std::vector<std::string> arguments) {
  if (host.configuration.empty())
    throw std::runtime_error("the console was started without --config, and runs no " +
                             host.program.filename().string());
  const std::string command = arguments.front();
  arguments.insert(arguments.end(), {"--config", host.configuration.string()});
  dcc::host::ChildLimits limits;
  limits.time = kPatience;
  auto result = dcc::host::run_child(host.program, arguments, limits);
  if (result.end == dcc::host::ChildResult::End::exited) return result;
  throw std::runtime_error(host.program.string() + ' ' + command + ' ' +
                           dcc::host::end_text(result, limits));
}

}  // namespace sample::console
