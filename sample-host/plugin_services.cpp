// SPDX-License-Identifier: Apache-2.0
#include "plugin_services.hpp"

#include <spdlog/spdlog.h>

#include "adaptor/unix_ms.hpp"
#include "supplier_returns.hpp"

namespace sample {

using dcc::host::HostServices;

HostServices plugin_services() {
  HostServices services;
  services.name = "dcc-sample-host";
  services.version = DCC_VERSION;
  services.now = dcc::adaptor::unix_ms;
  services.log = [](HostServices::Level level, std::string_view source, std::string_view line) {
    switch (level) {
      case HostServices::Level::debug:
        return spdlog::debug("{}: {}", source, line);
      case HostServices::Level::info:
        return spdlog::info("{}: {}", source, line);
      case HostServices::Level::warning:
        return spdlog::warn("{}: {}", source, line);
      case HostServices::Level::error:
        return spdlog::error("{}: {}", source, line);
    }
  };
  return services;
}

dcc::host::HandlerTable::Map built_in_handlers(const Config& config) {
  return config.supplier_returns ? example::make_supplier_returns(DCC_VERSION, DCC_BUILD)
                                 : dcc::host::HandlerTable::Map{};
}

}  // namespace sample
