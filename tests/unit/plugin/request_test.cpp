// SPDX-License-Identifier: Apache-2.0
#include "request.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace ch_returns;
using Leaves = std::vector<std::pair<std::string, std::string>>;

const std::string kPrior = "Fault identified prior to installation";
const std::string kPost = "Fault identified post installation";

Return read(Srv srv, const Leaves& leaves) {
  std::vector<dcc_item> items;
  for (const auto& [path, value] : leaves) items.push_back({dcc::str(path), dcc::str(value)});
  dcc_request request{};
  request.size = sizeof request;
  request.items = items.data();
  request.item_count = items.size();
  return read_return(srv, request);
}

std::string refusal(Srv srv, const Leaves& leaves) {
  try {
    read(srv, leaves);
    return "accepted";
  } catch (const NotValid& why) {
    return why.what();
  }
}

}  // namespace

TEST_CASE("a return is read from the body's leaves", "[R1][R2]") {
  const Leaves fault = {{"DeviceID", "00-DB-12-34-56-78-90-A2"},
                        {"CHFFaultReturnType", kPost},
                        {"OtherDeviceID", "00-DB-12-34-56-78-90-A0"},
                        {"CHFConnectionMethod", "Hot-shoe"}};
  CHECK(read(Srv::fault_return, fault).hub == 0x00DB1234567890A2);
  CHECK(read(Srv::fault_return, fault).found_post_installation);
  CHECK_FALSE(read(Srv::fault_return,
                   {{"CHFFaultReturnType", kPrior}, {"DeviceID", "00-db-12-34-56-78-90-a2"}})
                  .found_post_installation);

  const Leaves no_fault = {{"DeviceID", "FF-FF-FF-FF-FF-FF-FF-FF"},
                           {"CHFNoFaultReturnType", "Lost or Stolen Hub"}};
  CHECK(read(Srv::no_fault_return, no_fault).hub == 0xFFFFFFFFFFFFFFFF);
  CHECK_FALSE(read(Srv::no_fault_return, no_fault).found_post_installation);
}

TEST_CASE("what is missing, repeated or unreadable is not valid, and named", "[R25]") {
  for (const Srv srv : {Srv::fault_return, Srv::no_fault_return}) {
    CHECK(refusal(srv, {}) == "DeviceID is missing");
    CHECK(refusal(srv, {{"deviceid", "00-DB-12-34-56-78-90-A2"}}) == "DeviceID is missing");
    CHECK(refusal(srv, {{"DeviceID", "00-DB-12-34-56-78-90-A2"},
                        {"DeviceID", "00-DB-12-34-56-78-90-A2"}}) == "DeviceID is given twice");
  }
  const std::string hub = "00-DB-12-34-56-78-90-A2";
  CHECK(refusal(Srv::fault_return, {{"DeviceID", hub}}) == "CHFFaultReturnType is missing");
  CHECK(refusal(Srv::fault_return, {{"DeviceID", hub}, {"CHFFaultReturnType", "Fault"}}) ==
        "CHFFaultReturnType is \"Fault\": expected \"" + kPrior + "\" or \"" + kPost + "\"");
  CHECK(
      refusal(Srv::fault_return,
              {{"DeviceID", hub}, {"CHFFaultReturnType", kPrior}, {"CHFFaultReturnType", kPost}}) ==
      "CHFFaultReturnType is given twice");
}

TEST_CASE("an EUI-64 has exactly the schema's spelling", "[R11]") {
  for (const char* text :
       {"", "00", "00-DB-12-34-56-78-90-A", "00-DB-12-34-56-78-90-A2-", "00:DB:12:34:56:78:90:A2",
        "00DB1234567890A2", "0-0DB-12-34-56-78-90-A2", " 0-DB-12-34-56-78-90-A2",
        "00-DB-12-34-56-78-90-G2", "+0-DB-12-34-56-78-90-A2", "0x-DB-12-34-56-78-90-A2",
        "00-DB-12-34-56-78-90--2", "00-DB-12-34-56-78-90-A2 "}) {
    CHECK(refusal(Srv::no_fault_return, {{"DeviceID", text}}) ==
          "DeviceID is \"" + std::string(text) +
              "\": expected an EUI-64 such as 00-DB-12-34-56-78-90-A2");
  }
  for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{0x00DB1234567890A2},
                                    std::uint64_t{0xFEDCBA9876543210}, ~std::uint64_t{0}}) {
    CHECK(dcc::parse_eui64(dcc::eui64_text(value)) == value);
  }
  CHECK(dcc::eui64_text(0x00DB1234567890A2) == "00-DB-12-34-56-78-90-A2");
}
