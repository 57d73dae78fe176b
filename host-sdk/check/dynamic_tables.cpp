// SPDX-License-Identifier: Apache-2.0
#include "check/dynamic_tables.hpp"

#include <elf.h>
#include <link.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace dcc::check {
namespace {

using Header = ElfW(Ehdr);
using Segment = ElfW(Phdr);
using Section = ElfW(Shdr);
using Entry = ElfW(Dyn);
using ElfSymbol = ElfW(Sym);

class File {
 public:
  explicit File(std::string_view bytes) : bytes_(bytes), header_(record<Header>(0)) {}

  template <typename T>
  T record(std::uint64_t offset) const {
    T found;
    const std::string_view octets = range(offset, sizeof found);
    std::memcpy(&found, octets.data(), sizeof found);
    return found;
  }

  std::string_view range(std::uint64_t offset, std::uint64_t size) const {
    if (offset > bytes_.size() || size > bytes_.size() - offset) {
      throw std::runtime_error("its dynamic tables lie beyond its end");
    }
    return bytes_.substr(offset, size);
  }

  std::vector<Segment> segments() const {
    std::vector<Segment> all;
    for (std::size_t i = 0; i < header_.e_phnum; ++i) {
      all.push_back(record<Segment>(header_.e_phoff + i * sizeof(Segment)));
    }
    return all;
  }

  // The sections of a type.
  std::vector<Section> sections(std::uint32_t type) const {
    std::vector<Section> found;
    for (std::size_t i = 0; i < header_.e_shnum; ++i) {
      const Section section = this->section(i);
      if (section.sh_type == type) found.push_back(section);
    }
    return found;
  }
  Section section(std::size_t index) const {
    if (index >= header_.e_shnum) throw std::runtime_error("it names a section that is not there");
    return record<Section>(header_.e_shoff + index * sizeof(Section));
  }

  // The records of a section, as many as it has room for.
  template <typename T>
  std::vector<T> records(const Section& section) const {
    std::vector<T> all(section.sh_size / sizeof(T));
    const std::string_view octets = range(section.sh_offset, all.size() * sizeof(T));
    if (!octets.empty()) std::memcpy(all.data(), octets.data(), octets.size());
    return all;
  }

  // The NUL-terminated text at `offset` of the string table that belongs to `section`.
  std::string text(const Section& section, std::uint64_t offset) const {
    const Section strings = this->section(section.sh_link);
    const std::string_view table = range(strings.sh_offset, strings.sh_size);
    const auto end = offset < table.size() ? table.find('\0', offset) : table.npos;
    if (end == table.npos) throw std::runtime_error("a name lies beyond its string table");
    return std::string(table.substr(offset, end - offset));
  }

 private:
  std::string_view bytes_;
  Header header_;
};

void read_dynamic_section(const File& file, DynamicTables& tables) {
  const auto sections = file.sections(SHT_DYNAMIC);
  if (sections.empty()) throw std::runtime_error("it has no dynamic section");
  for (const Entry& entry : file.records<Entry>(sections.front())) {
    if (entry.d_tag == DT_NULL) break;
    const auto value = static_cast<std::uint64_t>(entry.d_un.d_val);
    switch (entry.d_tag) {
      case DT_NEEDED:
        tables.needed.push_back(file.text(sections.front(), value));
        break;
      case DT_RPATH:
      case DT_RUNPATH:
        tables.search_paths.push_back(file.text(sections.front(), value));
        break;
      case DT_TEXTREL:
        tables.text_relocations = true;
        break;
      case DT_FLAGS:
        if ((value & DF_TEXTREL) != 0) tables.text_relocations = true;
        break;
      default:
        break;
    }
  }
}

bool is_exported(const ElfSymbol& symbol) {
  const auto visibility = symbol.st_other & 3;  // the two bits that ELF uses
  return symbol.st_shndx != SHN_UNDEF && ELF64_ST_BIND(symbol.st_info) != STB_LOCAL &&
         (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
}

void read_symbols(const File& file, DynamicTables& tables) {
  for (const Section& section : file.sections(SHT_DYNSYM)) {
    for (const ElfSymbol& symbol : file.records<ElfSymbol>(section)) {
      if (!is_exported(symbol)) continue;
      tables.exported.push_back({file.text(section, symbol.st_name), symbol.st_size,
                                 ELF64_ST_TYPE(symbol.st_info) == STT_OBJECT,
                                 ELF64_ST_BIND(symbol.st_info) == STB_GNU_UNIQUE});
    }
  }
  std::ranges::sort(tables.exported, {}, &DynamicTables::Symbol::name);
}

// Without a segment that says otherwise, the loader makes stacks executable.
bool wants_executable_stack(const File& file) {
  for (const Segment& segment : file.segments()) {
    if (segment.p_type == PT_GNU_STACK) return (segment.p_flags & PF_X) != 0;
  }
  return true;
}

}  // namespace

DynamicTables read_dynamic_tables(std::string_view bytes) {
  const File file(bytes);
  DynamicTables tables;
  read_dynamic_section(file, tables);
  read_symbols(file, tables);
  tables.executable_stack = wants_executable_stack(file);
  return tables;
}

}  // namespace dcc::check
