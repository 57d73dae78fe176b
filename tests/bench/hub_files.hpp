// SPDX-License-Identifier: Apache-2.0
//
// CSV files of as many hubs as wanted, in no order, as an export may be; and which hub is what.
// Functions are safe from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace bench {

// Hub `i` is World::hub(i). Each ninth is Pending and may be returned by an agent; the others have
// the other statuses.
inline constexpr std::size_t kStatusesOfHubs = 9;

// Writes a file for `import TABLE`: devices and orders have `hubs` rows, users and appointments a
// hundredth of that. All orders and appointments are for `supplier`. Returns the number of rows.
std::size_t write_table(const std::string& table, std::size_t hubs, const std::string& supplier,
                        const std::filesystem::path& file);

// Likewise `count` devices, hubs from `first` on, Pending, but every so many of them Commissioned;
// 0: none.
void write_devices(std::size_t first, std::size_t count, std::size_t every,
                   const std::filesystem::path& file);

}  // namespace bench
