// SPDX-License-Identifier: Apache-2.0
#include "plugin_allocations.hpp"

#include <link.h>

#include <atomic>
#include <cstdint>

namespace {

// The addresses that the object is loaded at; none at first.
std::atomic<std::uintptr_t> object_begin = 0, object_end = 0;
std::atomic<std::size_t> count = 0;

struct Search {
  std::uintptr_t address;
  std::uintptr_t begin = 0, end = 0;
};

int visit(dl_phdr_info* object, std::size_t /*size*/, void* data) {
  auto& search = *static_cast<Search*>(data);
  std::uintptr_t begin = UINTPTR_MAX, end = 0;
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const auto& part = object->dlpi_phdr[i];
    if (part.p_type != PT_LOAD) continue;
    const std::uintptr_t at = object->dlpi_addr + part.p_vaddr;
    if (at < begin) begin = at;
    if (at + part.p_memsz > end) end = at + part.p_memsz;
  }
  if (search.address < begin || search.address >= end) return 0;
  search.begin = begin;
  search.end = end;
  return 1;
}

void called_from(const void* caller) {
  const auto at = reinterpret_cast<std::uintptr_t>(caller);
  if (at >= object_begin && at < object_end) ++count;
}

}  // namespace

void allocations::count_those_of(const void* in_object) {
  Search search{reinterpret_cast<std::uintptr_t>(in_object)};
  dl_iterate_phdr(visit, &search);
  object_begin = search.begin;
  object_end = search.end;
  count = 0;
}

std::size_t allocations::counted() {
  return count;
}

// The C library's own, by their other names.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t items, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

void* malloc(std::size_t size) noexcept {
  called_from(__builtin_return_address(0));
  return __libc_malloc(size);
}
void* calloc(std::size_t items, std::size_t size) noexcept {
  called_from(__builtin_return_address(0));
  return __libc_calloc(items, size);
}
void* realloc(void* old, std::size_t size) noexcept {
  called_from(__builtin_return_address(0));
  return __libc_realloc(old, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  called_from(__builtin_return_address(0));
  return __libc_memalign(alignment, size);
}
}
