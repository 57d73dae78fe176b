/* SPDX-License-Identifier: Apache-2.0
 *
 * The contract's binary layout (LP64) and constants, frozen: if this does not compile, plugins
 * built earlier would break. A later minor may append a field to a struct that begins with `size`,
 * and then changes that one SIZE here, nothing else. Compiled as C99, C11, C17 and C++11 to C++20,
 * with the header as the only include.
 */
#include "dcc/plugin.h"

/* C99 has no static assertion: an array type of negative size does not compile in any of them. */
#define FROZEN(name, holds) typedef char frozen_##name[(holds) ? 1 : -1]
#define SIZE(type, bytes) FROZEN(type, sizeof(type) == (bytes))
#define FIELD(type, field, offset, bytes) \
  FROZEN(type##_##field, offsetof(type, field) == (offset) && sizeof(((type*)0)->field) == (bytes))
#define VALUE(name, value) FROZEN(name, (name) == (value))

VALUE(DCC_ABI_MAJOR, 1);
VALUE(DCC_ABI_MINOR, 0);
VALUE(DCC_PLUGIN_MAGIC, 0x50434344u);

VALUE(DCC_OK, 0);
VALUE(DCC_NOT_FOUND, 1);
VALUE(DCC_UNAVAILABLE, 2);
VALUE(DCC_INVALID, 3);
VALUE(DCC_CONFLICT, 4);
VALUE(DCC_NOT_NOW, 5);
VALUE(DCC_INTERNAL, 6);

VALUE(DCC_LOG_DEBUG, 0);
VALUE(DCC_LOG_INFO, 1);
VALUE(DCC_LOG_WARNING, 2);
VALUE(DCC_LOG_ERROR, 3);

SIZE(dcc_str, 16);
FIELD(dcc_str, data, 0, 8);
FIELD(dcc_str, size, 8, 8);

SIZE(dcc_bytes, 16);
FIELD(dcc_bytes, data, 0, 8);
FIELD(dcc_bytes, size, 8, 8);

SIZE(dcc_status, 4);

SIZE(dcc_host, 48);
FIELD(dcc_host, size, 0, 4);
FIELD(dcc_host, abi_major, 4, 2);
FIELD(dcc_host, abi_minor, 6, 2);
FIELD(dcc_host, name, 8, 16);
FIELD(dcc_host, version, 24, 16);
FIELD(dcc_host, service, 40, 8);

SIZE(dcc_log_v1, 8);
FIELD(dcc_log_v1, write, 0, 8);

SIZE(dcc_setting, 48);
FIELD(dcc_setting, section, 0, 16);
FIELD(dcc_setting, key, 16, 16);
FIELD(dcc_setting, value, 32, 16);

SIZE(dcc_config_v1, 16);
FIELD(dcc_config_v1, count, 0, 8);
FIELD(dcc_config_v1, at, 8, 8);

SIZE(dcc_device, 40);
FIELD(dcc_device, size, 0, 4);
FIELD(dcc_device, reserved, 4, 4);
FIELD(dcc_device, type, 8, 16);
FIELD(dcc_device, status, 24, 16);

SIZE(dcc_inventory_v1, 8);
FIELD(dcc_inventory_v1, device, 0, 8);

SIZE(dcc_appointments_v1, 16);
FIELD(dcc_appointments_v1, acts_for_orderer, 0, 8);
FIELD(dcc_appointments_v1, acts_for_any, 8, 8);

SIZE(dcc_value, 32);
FIELD(dcc_value, name, 0, 16);
FIELD(dcc_value, value, 16, 16);

SIZE(dcc_fact, 32);
FIELD(dcc_fact, size, 0, 4);
FIELD(dcc_fact, reserved, 4, 4);
FIELD(dcc_fact, values, 8, 8);
FIELD(dcc_fact, value_count, 16, 8);
FIELD(dcc_fact, revision, 24, 8);

SIZE(dcc_facts_v1, 16);
FIELD(dcc_facts_v1, offers, 0, 8);
FIELD(dcc_facts_v1, look_up, 8, 8);

SIZE(dcc_clock_v1, 8);
FIELD(dcc_clock_v1, now, 0, 8);

SIZE(dcc_item, 32);
FIELD(dcc_item, path, 0, 16);
FIELD(dcc_item, value, 16, 16);

SIZE(dcc_request, 144);
FIELD(dcc_request, size, 0, 4);
FIELD(dcc_request, command_variant, 4, 4);
FIELD(dcc_request, originator, 8, 8);
FIELD(dcc_request, target, 16, 8);
FIELD(dcc_request, counter, 24, 8);
FIELD(dcc_request, srv, 32, 16);
FIELD(dcc_request, service_reference, 48, 16);
FIELD(dcc_request, user_role, 64, 16);
FIELD(dcc_request, body_element, 80, 16);
FIELD(dcc_request, items, 96, 8);
FIELD(dcc_request, item_count, 104, 8);
FIELD(dcc_request, canonical, 112, 16);
FIELD(dcc_request, received_at, 128, 8);
FIELD(dcc_request, deadline, 136, 8);

SIZE(dcc_handle_fn, 8);

SIZE(dcc_handler, 72);
FIELD(dcc_handler, size, 0, 4);
FIELD(dcc_handler, command_variants, 4, 4);
FIELD(dcc_handler, srv, 8, 16);
FIELD(dcc_handler, endpoint, 24, 16);
FIELD(dcc_handler, body_element, 40, 16);
FIELD(dcc_handler, self, 56, 8);
FIELD(dcc_handler, handle, 64, 8);

SIZE(dcc_registry_v1, 32);
FIELD(dcc_registry_v1, add, 0, 8);
FIELD(dcc_registry_v1, set_code, 8, 8);
FIELD(dcc_registry_v1, set_reason, 16, 8);
FIELD(dcc_registry_v1, set_not_valid, 24, 8);

SIZE(dcc_plugin, 40);
FIELD(dcc_plugin, size, 0, 4);
FIELD(dcc_plugin, reserved, 4, 4);
FIELD(dcc_plugin, self, 8, 8);
FIELD(dcc_plugin, activate, 16, 8);
FIELD(dcc_plugin, deactivate, 24, 8);
FIELD(dcc_plugin, destroy, 32, 8);

SIZE(dcc_plugin_entry, 80);
FIELD(dcc_plugin_entry, magic, 0, 4);
FIELD(dcc_plugin_entry, size, 4, 4);
FIELD(dcc_plugin_entry, abi_major, 8, 2);
FIELD(dcc_plugin_entry, abi_minor, 10, 2);
FIELD(dcc_plugin_entry, required_count, 12, 4);
FIELD(dcc_plugin_entry, id, 16, 16);
FIELD(dcc_plugin_entry, version, 32, 16);
FIELD(dcc_plugin_entry, build, 48, 16);
FIELD(dcc_plugin_entry, required, 64, 8);
FIELD(dcc_plugin_entry, create, 72, 8);
