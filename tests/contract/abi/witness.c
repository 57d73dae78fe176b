/* SPDX-License-Identifier: Apache-2.0
 *
 * Names every type of the contract in an exported function of its own. abidiff compares what is
 * reachable from exported symbols; but the services' tables leave a host as `const void*`, so
 * without these functions a change in them would not be seen. A new type is a new line here.
 */
#include "dcc/plugin.h"

#define WITNESS(type)                                                 \
  __attribute__((visibility("default"))) type* witness_##type(type*); \
  type* witness_##type(type* it) {                                    \
    return it;                                                        \
  }

WITNESS(dcc_str)
WITNESS(dcc_bytes)
WITNESS(dcc_status)
WITNESS(dcc_call)
WITNESS(dcc_host)
WITNESS(dcc_log_v1)
WITNESS(dcc_setting)
WITNESS(dcc_config_v1)
WITNESS(dcc_device)
WITNESS(dcc_inventory_v1)
WITNESS(dcc_appointments_v1)
WITNESS(dcc_value)
WITNESS(dcc_fact)
WITNESS(dcc_facts_v1)
WITNESS(dcc_clock_v1)
WITNESS(dcc_item)
WITNESS(dcc_request)
WITNESS(dcc_handle_fn)
WITNESS(dcc_handler)
WITNESS(dcc_registry_v1)
WITNESS(dcc_plugin)
WITNESS(dcc_plugin_entry)
