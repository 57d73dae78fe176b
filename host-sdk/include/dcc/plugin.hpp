// SPDX-License-Identifier: Apache-2.0
//
// dcc/plugin.hpp - dcc/plugin.h for plugin authors, in C++17: views, typed services, handlers as
// member functions, and the barriers that keep exceptions on this side. Header-only and thin: what
// a function means, who may call it and how long its strings live is said in plugin.h.
//
// A plugin is a class derived from dcc::Plugin and one line that exports it; the whole of one is
// in the SDK's example/. Nothing here is mutable and shared, so instances may live side by side.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "dcc/plugin.h"

namespace dcc {

// ---- Strings and sizes --------------------------------------------------------------------------

constexpr std::string_view view(dcc_str s) noexcept {
  return s.size == 0 ? std::string_view() : std::string_view(s.data, s.size);
}
constexpr dcc_str str(std::string_view s) noexcept {
  return {s.data(), s.size()};
}

// Did the giver of this struct know the field? To be asked before reading a field that came with a
// later minor version than the oldest one the plugin runs with.
template <class Struct, class Field>
bool has(const Struct& given, Field Struct::*field) noexcept {
  const auto* begin = reinterpret_cast<const char*>(&given);
  const auto* end = reinterpret_cast<const char*>(&(given.*field)) + sizeof(Field);
  return static_cast<std::size_t>(end - begin) <= given.size;
}

// ---- Errors -------------------------------------------------------------------------------------

// Thrown by a plugin, it ends create, activate or a handler with this status; the first two hand
// the text to the host.
struct Error : std::runtime_error {
  Error(dcc_status failure, const std::string& text) : std::runtime_error(text), status(failure) {}
  dcc_status status;
};

// Ends create: the settings are wrong. The text names section, key, value and what was expected.
struct Refused : Error {
  explicit Refused(const std::string& text) : Error(DCC_INVALID, text) {}
};

// ---- Services -----------------------------------------------------------------------------------

// A service that the plugin needs. Its id belongs into the entry's list of required ones, so that
// the host says early what is missing.
template <class Table>
class Service {
 protected:
  Service(const dcc_host& host, std::string_view id)
      : host_(&host), table_(static_cast<const Table*>(host.service(&host, str(id)))) {
    if (!table_) throw Error(DCC_NOT_FOUND, "the host does not offer " + std::string(id));
  }
  const dcc_host* host_;
  const Table* table_;
};

class Log : Service<dcc_log_v1> {
 public:
  explicit Log(const dcc_host& host) : Service(host, DCC_SERVICE_LOG) {}
  // `level`: DCC_LOG_INFO, ...
  void write(std::int32_t level, std::string_view line) const {
    table_->write(host_, level, str(line));
  }
};

// For who can do without: it need not be among the required ones.
class Clock {
 public:
  explicit Clock(const dcc_host& host)
      : host_(&host),
        table_(static_cast<const dcc_clock_v1*>(host.service(&host, str(DCC_SERVICE_CLOCK)))) {}
  // Unix time in milliseconds; nothing: the host does not offer it. Not for handlers.
  std::optional<std::int64_t> now() const {
    if (table_ == nullptr) return std::nullopt;
    return table_->now(host_);
  }

 private:
  const dcc_host* host_;
  const dcc_clock_v1* table_;
};

// A line of the plugin's settings file; the views live as long as the host handle.
struct Setting {
  std::string_view section;
  std::string_view key;
  std::string_view value;
};

class Config : Service<dcc_config_v1> {
 public:
  explicit Config(const dcc_host& host) : Service(host, DCC_SERVICE_CONFIG) {}

  std::vector<Setting> settings() const {
    std::vector<Setting> all(table_->count(host_));
    for (std::size_t i = 0; i < all.size(); ++i) {
      dcc_setting raw{};
      const dcc_status status = table_->at(host_, i, &raw);
      if (status != DCC_OK) throw Error(status, "the host does not hand out its settings");
      all[i] = {view(raw.section), view(raw.key), view(raw.value)};
    }
    return all;
  }
};

// What a lookup says. Not being there and not being told are different answers: after `unavailable`
// a handler keeps nothing and returns DCC_UNAVAILABLE; it is called again when the host knows.
enum class Lookup { found, not_found, unavailable };

constexpr Lookup to_lookup(dcc_status status) noexcept {
  return status == DCC_OK          ? Lookup::found
         : status == DCC_NOT_FOUND ? Lookup::not_found
                                   : Lookup::unavailable;
}

// Yes is found, no is not found; what was not answered is neither.
constexpr Lookup to_lookup(dcc_status status, std::int32_t answer) noexcept {
  return status != DCC_OK    ? Lookup::unavailable
         : answer == DCC_YES ? Lookup::found
         : answer == DCC_NO  ? Lookup::not_found
                             : Lookup::unavailable;
}

class Inventory : Service<dcc_inventory_v1> {
 public:
  explicit Inventory(const dcc_host& host) : Service(host, DCC_SERVICE_INVENTORY) {}

  struct Device {
    Lookup lookup;
    std::string_view type, status;  // empty unless found
  };
  Device device(dcc_call* call, std::uint64_t device_id) const {
    dcc_device raw{};
    raw.size = sizeof raw;
    const Lookup lookup = to_lookup(table_->device(host_, call, device_id, &raw));
    if (lookup != Lookup::found) return {lookup, {}, {}};
    if (!has(raw, &dcc_device::status) || raw.type.size == 0 || raw.status.size == 0) {
      return {Lookup::unavailable, {}, {}};  // not filled in
    }
    return {lookup, view(raw.type), view(raw.status)};
  }
};

class Appointments : Service<dcc_appointments_v1> {
 public:
  explicit Appointments(const dcc_host& host) : Service(host, DCC_SERVICE_APPOINTMENTS) {}

  // Lookup::found: yes; not_found: no.
  Lookup acts_for_orderer(dcc_call* call, std::uint64_t agent_id, std::uint64_t device_id,
                          std::int64_t at) const {
    std::int32_t answer = 0;
    const dcc_status status =
        table_->acts_for_orderer(host_, call, agent_id, device_id, at, &answer);
    return to_lookup(status, answer);
  }
  Lookup acts_for_any(dcc_call* call, std::uint64_t agent_id, std::int64_t at) const {
    std::int32_t answer = 0;
    const dcc_status status = table_->acts_for_any(host_, call, agent_id, at, &answer);
    return to_lookup(status, answer);
  }
};

// Facts of any kind, for what the services above do not know.
class Facts : Service<dcc_facts_v1> {
 public:
  explicit Facts(const dcc_host& host) : Service(host, DCC_SERVICE_FACTS) {}

  bool offers(std::string_view kind) const {
    std::int32_t answer = 0;
    return table_->offers(host_, str(kind), &answer) == DCC_OK && answer == DCC_YES;
  }

  struct Fact {
    Lookup lookup = Lookup::unavailable;
    const dcc_value* values = nullptr;
    std::size_t count = 0;  // none unless found

    // The value of this name, if there is one; valid until the handler returns.
    std::optional<std::string_view> value(std::string_view name) const {
      for (std::size_t i = 0; i < count; ++i) {
        if (view(values[i].name) == name) return view(values[i].value);
      }
      return std::nullopt;
    }
  };
  Fact look_up(dcc_call* call, std::string_view kind, std::string_view key) const {
    dcc_fact raw{};
    raw.size = sizeof raw;
    const Lookup lookup = to_lookup(table_->look_up(host_, call, str(kind), str(key), &raw));
    if (lookup != Lookup::found) return {lookup, nullptr, 0};
    if (!has(raw, &dcc_fact::revision) || raw.values == nullptr) return {};  // not filled in
    return {lookup, raw.values, raw.value_count};
  }
};

// What a handler answers.
struct Handles {
  std::string_view srv;
  std::string_view endpoint;
  std::string_view body_element;
  std::uint32_t command_variants;  // bit n set: variant n
};

class Registry : Service<dcc_registry_v1> {
 public:
  explicit Registry(const dcc_host& host) : Service(host, DCC_SERVICE_REGISTRY) {}

  // In activate(): registry.add<&MyPlugin::my_method>(this, {...}), where the method is
  //   dcc_status my_method(const dcc_request&, dcc_call*) const;
  template <auto Method, class Self>
  void add(Self* self, const Handles& what) const {
    const dcc_handler handler{sizeof(dcc_handler), what.command_variants,  str(what.srv),
                              str(what.endpoint),  str(what.body_element), self,
                              handle<Method, Self>};
    const dcc_status status = table_->add(host_, &handler);
    if (status == DCC_OK) return;
    throw Error(status, "SRV " + std::string(what.srv) +
                            (status == DCC_CONFLICT ? ": another plugin answers it already"
                                                    : ": the host does not take the handler"));
  }

  // The outcome of a call; the result is what the handler returns.
  dcc_status answer(dcc_call* call, std::string_view code, std::string_view reason) const {
    const dcc_status status = table_->set_code(host_, call, str(code));
    return status == DCC_OK ? table_->set_reason(host_, call, str(reason)) : status;
  }
  dcc_status not_valid(dcc_call* call, std::string_view reason) const {
    return table_->set_not_valid(host_, call, str(reason));
  }

 private:
  template <auto Method, class Self>
  static dcc_status handle(void* self, const dcc_request* request, dcc_call* call) noexcept {
    if (!has(*request, &dcc_request::deadline)) return DCC_INVALID;
    try {
      return (static_cast<Self*>(self)->*Method)(*request, call);
    } catch (const Error& error) {
      return error.status;
    } catch (...) {
      return DCC_INTERNAL;
    }
  }
};

// ---- Requests -----------------------------------------------------------------------------------

// The value of the first leaf of the body with this path.
inline std::optional<std::string_view> item(const dcc_request& request, std::string_view path) {
  for (std::size_t i = 0; i < request.item_count; ++i) {
    if (view(request.items[i].path) == path) return view(request.items[i].value);
  }
  return std::nullopt;
}

// An EUI-64 in the spelling of the DUIS schema, digits in either case: 00-DB-12-34-56-78-90-A2.
inline std::optional<std::uint64_t> parse_eui64(std::string_view text) {
  if (text.size() != 23) return std::nullopt;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (i % 3 == 2) {
      if (c != '-') return std::nullopt;
      continue;
    }
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                             : -1;
    if (digit < 0) return std::nullopt;
    value = value << 4 | static_cast<std::uint64_t>(digit);
  }
  return value;
}

// Its text without the heap, for handlers.
inline std::array<char, 23> eui64_characters(std::uint64_t value) {
  std::array<char, 23> text{};
  for (std::size_t i = 0; i < text.size(); ++i) {
    text[i] = i % 3 == 2 ? '-' : "0123456789ABCDEF"[value >> 60];
    if (i % 3 != 2) value <<= 4;
  }
  return text;
}

inline std::string eui64_text(std::uint64_t value) {
  const auto text = eui64_characters(value);
  return {text.data(), text.size()};
}

// ---- The plugin ---------------------------------------------------------------------------------

// Not for plugin authors. Apart from the class, so that none of its names hides one of theirs.
namespace detail {

inline void say(char* err, std::size_t err_cap, std::string_view text) noexcept {
  if (err_cap == 0) return;
  std::size_t size = text.size();
  if (size >= err_cap) {
    size = err_cap - 1;
    while (size > 0 && (text[size] & 0xC0) == 0x80) --size;  // not in the middle of a character
  }
  std::memcpy(err, text.data(), size);
  err[size] = '\0';
}

// The barrier: runs `step`; whatever it throws becomes a status and, if there is room, a text.
template <class Step>
dcc_status guarded(char* err, std::size_t err_cap, Step step) noexcept {
  try {
    step();
    return DCC_OK;
  } catch (const Error& error) {
    say(err, err_cap, error.what());
    return error.status;
  } catch (const std::exception& error) {
    say(err, err_cap, error.what());
    return DCC_INTERNAL;
  } catch (...) {
    say(err, err_cap, "an unknown exception");
    return DCC_INTERNAL;
  }
}

}  // namespace detail

// Base of one instance. The derived class has a constructor from `const dcc_host&`, which reads the
// settings and throws Refused if they are wrong; activate() registers the handlers.
class Plugin {
 public:
  Plugin() = default;
  Plugin(const Plugin&) = delete;
  Plugin& operator=(const Plugin&) = delete;
  virtual ~Plugin() = default;

  virtual void activate() = 0;
  virtual void deactivate() {}

 private:
  template <class Derived>
  static dcc_status create_face(const dcc_host* host, dcc_plugin** out, char* err,
                                std::size_t err_cap) noexcept {
    return detail::guarded(err, err_cap, [&] {
      if (!has(*host, &dcc_host::service) || host->abi_major != DCC_ABI_MAJOR) {
        throw Error(DCC_INVALID, "the host does not speak version 1 of the contract");
      }
      Plugin* plugin = new Derived(*host);
      *out = &plugin->face_;
    });
  }
  static dcc_status activate_face(dcc_plugin* face, char* err, std::size_t err_cap) noexcept {
    return detail::guarded(err, err_cap, [&] { of_face(face)->activate(); });
  }
  static void deactivate_face(dcc_plugin* face) noexcept {
    detail::guarded(nullptr, 0, [&] { of_face(face)->deactivate(); });
  }
  static void destroy_face(dcc_plugin* face) noexcept { delete of_face(face); }

  static Plugin* of_face(dcc_plugin* face) noexcept { return static_cast<Plugin*>(face->self); }

  dcc_plugin face_{sizeof(dcc_plugin), 0, this, activate_face, deactivate_face, destroy_face};

  template <class Derived, std::size_t N>
  friend constexpr dcc_plugin_entry entry(std::string_view, std::string_view, std::string_view,
                                          const dcc_str (&)[N]);
};

// The entry of a plugin, for the one exported line; the strings and the list must be static:
//   constexpr dcc_plugin_entry dcc_plugin_entry_v1 =
//       dcc::entry<MyPlugin>("my-plugin", "1.0.0", "commit, compiler", kRequired);
template <class Derived, std::size_t N>
constexpr dcc_plugin_entry entry(std::string_view id, std::string_view version,
                                 std::string_view build, const dcc_str (&required)[N]) {
  return {DCC_PLUGIN_MAGIC,
          sizeof(dcc_plugin_entry),
          DCC_ABI_MAJOR,
          DCC_ABI_MINOR,
          N,
          str(id),
          str(version),
          str(build),
          required,
          Plugin::create_face<Derived>};
}

}  // namespace dcc
