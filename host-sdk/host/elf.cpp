// SPDX-License-Identifier: Apache-2.0
#include "host/elf.hpp"

#include <elf.h>
#include <link.h>

#include <cstdint>
#include <cstring>

namespace dcc::host {
namespace {

using Header = ElfW(Ehdr);
using Segment = ElfW(Phdr);
using Section = ElfW(Shdr);

constexpr unsigned char kWordSize = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;

template <typename T>
T record_at(std::string_view bytes, std::size_t offset) {
  T record;
  std::memcpy(&record, bytes.data() + offset, sizeof record);
  return record;
}

bool lies_within(std::string_view bytes, std::uint64_t offset, std::uint64_t size) {
  return offset <= bytes.size() && size <= bytes.size() - offset;
}

std::string truncated(std::string_view what, std::string_view bytes) {
  return std::string("truncated: its ").append(what).append(" lie beyond the end, octet ") +
         std::to_string(bytes.size());
}

std::string why_not_the_kind(std::string_view bytes) {
  if (!bytes.starts_with(ELFMAG))
    return "not an ELF shared object: does not begin with \\x7f"
           "ELF";
  if (bytes.size() < sizeof(Header)) return truncated("ELF headers", bytes);
  const auto header = record_at<Header>(bytes, 0);
  if (header.e_ident[EI_CLASS] != kWordSize) {
    return "not an ELF shared object for this machine: ELF class " +
           std::to_string(header.e_ident[EI_CLASS]) + ", expected " + std::to_string(kWordSize);
  }
  if (header.e_type != ET_DYN) {
    return "not an ELF shared object: ELF type " + std::to_string(header.e_type) + ", expected " +
           std::to_string(ET_DYN);
  }
  if (header.e_phentsize != sizeof(Segment) ||
      (header.e_shnum != 0 && header.e_shentsize != sizeof(Section))) {
    return "not an ELF shared object: its headers are not of the size that ELF prescribes";
  }
  return {};
}

}  // namespace

std::string why_no_shared_object(std::string_view bytes) {
  if (std::string why = why_not_the_kind(bytes); !why.empty()) return why;
  const auto header = record_at<Header>(bytes, 0);

  if (!lies_within(bytes, header.e_phoff, header.e_phnum * sizeof(Segment))) {
    return truncated("program headers", bytes);
  }
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    const auto segment = record_at<Segment>(bytes, header.e_phoff + i * sizeof(Segment));
    if (!lies_within(bytes, segment.p_offset, segment.p_filesz)) {
      return truncated("segments", bytes);
    }
  }

  if (!lies_within(bytes, header.e_shoff, header.e_shnum * sizeof(Section))) {
    return truncated("section headers", bytes);
  }
  for (std::size_t i = 0; i < header.e_shnum; ++i) {
    const auto section = record_at<Section>(bytes, header.e_shoff + i * sizeof(Section));
    if (section.sh_type == SHT_NOBITS) continue;
    if (!lies_within(bytes, section.sh_offset, section.sh_size)) {
      return truncated("sections", bytes);
    }
  }
  return {};
}

}  // namespace dcc::host
