// SPDX-License-Identifier: Apache-2.0
//
// The functions of dcc/duis.h.
#include <memory>
#include <string>

#include "dcc/duis.h"
#include "foreign/border.hpp"
#include "foreign/duis/duis.hpp"

using dcc::foreign::Duis;
using Inside = dcc::foreign::Inside<Duis>;

struct dccd : dcc::foreign::Handle<Duis> {
  using Handle::Handle;
};

std::uint32_t dccd_abi() {
  return std::uint32_t{DCC_DUIS_MAJOR} << 16 | DCC_DUIS_MINOR;
}

dccd* dccd_new(const char* options, std::size_t size, char* error, std::size_t cap) {
  return dcc::foreign::new_handle<dccd>(error, cap, [&] {
    return std::make_unique<Duis>(
        dcc::foreign::read_duis_options(dcc::foreign::given(options, size, "options")));
  });
}

std::int64_t dccd_reload(dccd* handle, char* out, std::size_t cap) {
  return dcc::foreign::answered<Duis>(handle, out, cap,
                                      [](const Inside& duis) { return duis->reload(); });
}

std::int64_t dccd_read(dccd* handle, const void* octets, std::size_t size, std::int64_t received_at,
                       std::int64_t deadline, char* out, std::size_t cap) {
  return dcc::foreign::answered<Duis>(handle, out, cap, [&](const Inside& duis) {
    if (octets == nullptr && size > 0) throw dcc::foreign::BadInput("octets is a null pointer");
    const char* const text = octets == nullptr ? "" : static_cast<const char*>(octets);
    return duis->read({text, size}, received_at, deadline);
  });
}

std::int64_t dccd_write(dccd* handle, const char* fields, std::size_t size, char* out,
                        std::size_t cap) {
  return dcc::foreign::answered<Duis>(handle, out, cap, [&](const Inside& duis) {
    const dcc::foreign::JsonTree tree(dcc::foreign::given(fields, size, "fields"));
    return duis->write(tree.root());
  });
}

void dccd_free(dccd* handle) {
  dcc::foreign::free_handle<Duis>(handle, [](Duis&) {});
}
