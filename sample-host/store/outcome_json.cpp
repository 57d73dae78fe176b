// SPDX-License-Identifier: Apache-2.0
#include "store/outcome_json.hpp"

#include <boost/json.hpp>
#include <optional>
#include <stdexcept>

namespace sample {
namespace {

namespace json = boost::json;

json::value revision_to_json(const std::optional<std::int64_t>& revision) {
  return revision ? json::value(*revision) : json::value(nullptr);
}

std::optional<std::int64_t> revision_from_json(const json::value& value) {
  if (value.is_null()) return std::nullopt;
  return value.as_int64();
}

std::string text(const json::value& value) {
  return std::string(value.as_string());
}

Eui64 eui(const json::value& value) {
  const auto parsed = Eui64::parse(value.as_string());
  if (!parsed) throw std::invalid_argument("no EUI-64: " + text(value));
  return *parsed;
}

}  // namespace

std::string items_to_json(const std::vector<Item>& items) {
  json::array out;
  out.reserve(items.size());
  for (const Item& item : items) out.push_back(json::array{item.path, item.value});
  return json::serialize(out);
}

std::vector<Item> items_from_json(std::string_view octets) {
  const json::value parsed = json::parse(octets);
  std::vector<Item> items;
  for (const json::value& pair : parsed.as_array()) {
    items.push_back({text(pair.as_array().at(0)), text(pair.as_array().at(1))});
  }
  return items;
}

std::string basis_to_json(const Basis& basis) {
  json::object out;
  if (basis.user) {
    out["user"] = {{"role", basis.user->role}, {"status", basis.user->status}};
  } else {
    out["user"] = nullptr;
  }
  json::array& devices = out["devices"].emplace_array();
  for (const auto& device : basis.lookups.devices) {
    devices.push_back(
        {{"id", Eui64{device.id}.text()}, {"revision", revision_to_json(device.revision)}});
  }
  out["relations"] = revision_to_json(basis.lookups.relations);
  return json::serialize(out);
}

Basis basis_from_json(std::string_view octets) {
  const json::value parsed = json::parse(octets);
  const json::object& in = parsed.as_object();
  Basis basis;
  if (const json::value& user = in.at("user"); !user.is_null()) {
    basis.user = User{text(user.at("role")), text(user.at("status"))};
  }
  for (const json::value& device : in.at("devices").as_array()) {
    basis.lookups.devices.push_back(
        {eui(device.at("id")).value, revision_from_json(device.at("revision"))});
  }
  basis.lookups.relations = revision_from_json(in.at("relations"));
  return basis;
}

}  // namespace sample
