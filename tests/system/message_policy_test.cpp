// SPDX-License-Identifier: Apache-2.0
//
// Requests that are well signed, or could be, but are not valid: 400, and the RequestID stays
// unused.
#include <functional>

#include "problem.hpp"

using namespace support;
using dcc::duis::RequestFields;

namespace {

constexpr std::string_view kDeclaration = R"(<?xml version="1.0" encoding="UTF-8"?>)";

struct BadDocument {
  const char* what;
  std::function<std::string(std::string good)> spoil;
};

// Some of these leave the canonical form, and so the signature, as it is.
const BadDocument kBadDocuments[] = {
    {"empty", [](std::string) { return std::string(); }},
    {"not XML", [](std::string) { return std::string("hello"); }},
    {"an end tag is missing", [](std::string d) { return edited(d, "</sr:Body>", ""); }},
    {"cut off", [](std::string d) { return d.substr(0, d.size() / 2); }},
    {"something behind it", [](std::string d) { return d + "<more/>"; }},
    {"not UTF-8", [](std::string d) { return edited(d, "Damaged case", "Damaged \xC3( case"); }},
    {"a DOCTYPE",
     [](std::string d) {
       return edited(d, kDeclaration, std::string(kDeclaration) + "<!DOCTYPE sr:Request>");
     }},
    {"an external DOCTYPE",
     [](std::string d) {
       return edited(d, kDeclaration,
                     std::string(kDeclaration) + "<!DOCTYPE r SYSTEM \"file:///etc/passwd\">");
     }},
    {"an entity of its own",
     [](std::string d) {
       d = edited(d, kDeclaration,
                  std::string(kDeclaration) + "<!DOCTYPE r [<!ENTITY e \"Damaged case\">]>");
       return edited(d, ">Damaged case<", ">&e;<");
     }},
    {"an entity that is not declared",
     [](std::string d) { return edited(d, "Damaged case", "&damaged;"); }},
    {"an element that does not belong there",
     [](std::string d) { return edited(d, "<sr:Body>", "<sr:Extra></sr:Extra><sr:Body>"); }},
    {"a value that is not listed",
     [](std::string d) { return edited(d, "Damaged case", "Damaged vase"); }},
    {"a DeviceID that is no EUI-64",
     [](std::string d) { return edited(d, "<sr:DeviceID>00-DB", "<sr:DeviceID>0-DB"); }},
    {"no schemaVersion", [](std::string d) { return edited(d, " schemaVersion=\"5.4\"", ""); }},
    {"a Response",
     [](std::string d) {
       return edited(edited(d, "<sr:Request ", "<sr:Response "), "</sr:Request>", "</sr:Response>");
     }},
};

struct BadFields {
  const char* what;
  std::function<void(RequestFields& good)> spoil;
};

const BadFields kBadFields[] = {
    {"schemaVersion 1.9", [](RequestFields& f) { f.schema_version = "1.9"; }},
    {"schemaVersion 5.41", [](RequestFields& f) { f.schema_version = "5.41"; }},
    {"schemaVersion five", [](RequestFields& f) { f.schema_version = "five"; }},
    {"command variant 0", [](RequestFields& f) { f.command_variant = 0; }},
    {"the other body",
     [](RequestFields& f) {
       f.body_element = "CHFNoFaultReturn";
       f.items = {{"DeviceID", hub("Pending")}, {"CHFNoFaultReturnType", "Lost or Stolen Hub"}};
     }},
    {"the other SRV", [](RequestFields& f) { f.srv = "8.14.4"; }},
    {"another service reference", [](RequestFields& f) { f.service_reference = "8.2"; }},
    {"the SRV as service reference", [](RequestFields& f) { f.service_reference = "8.14.3"; }},
    {"no DeviceID", [](RequestFields& f) { f.items.erase(f.items.begin()); }},
    {"two DeviceIDs", [](RequestFields& f) { f.items.insert(f.items.begin(), f.items.front()); }},
    {"a mandatory element is missing", [](RequestFields& f) { f.items.pop_back(); }},
    {"AdditionalInformation of 201 characters",
     [](RequestFields& f) {
       f.items.emplace_back("AdditionalInformation", std::string(201, 'x'));
     }},
};

}  // namespace

TEST_CASE("A document that is not well-formed or not valid is 400", "[R25]") {
  HostFixture host;
  for (const auto& bad : kBadDocuments) {
    INFO(bad.what);
    const std::string good = host.sign("eis", host.request("eis", "8.14.3", hub("Pending")));
    check_problem(host, host.post(bad.spoil(good)), 400);
    CHECK(code_of(host.post(good)) == "I99");
  }
  CHECK(host.outcomes().size() == std::size(kBadDocuments));
}

TEST_CASE("A signed request whose parts do not fit is 400", "[R11][R19][quick]") {
  HostFixture host;
  for (const auto& bad : kBadFields) {
    INFO(bad.what);
    const RequestFields good = host.request("eis", "8.14.3", hub("Pending"));
    RequestFields fields = good;
    bad.spoil(fields);
    check_problem(host, host.post(host.sign("eis", fields)), 400);
    CHECK(host.answer("eis", good) == "I99");
  }
  CHECK(host.outcomes().size() == std::size(kBadFields));
}

TEST_CASE("A RequestID with counter 0, too large a counter or another target is 400",
          "[R20][quick]") {
  HostFixture host;
  RequestFields fields = host.request("eis", "8.14.3", hub("Pending"));
  const std::string user = eui_of("eis");
  for (const std::string& id :
       {user + ":" + kBroker + ":0", user + ":" + kBroker + ":18446744073709551616",
        user + ":" + kBroker + ":-1", user + ":" + kBroker, user + ":90-B3-D5-1F-30-00-00-03:5",
        user + ":" + user + ":5"}) {
    INFO(id);
    fields.request_id = id;
    check_problem(host, host.post(host.sign("eis", fields)), 400);
  }
  CHECK(host.outcomes().empty());
  fields.request_id = user + ":" + kBroker + ":18446744073709551615";
  CHECK(host.answer("eis", fields) == "I99");
}

TEST_CASE("Versions are compared as numbers, header values without the space around them",
          "[R11]") {
  HostFixture host;
  for (const char* version : {"2.0", "5.40", "+5.4", "03.1"}) {
    INFO(version);
    RequestFields fields = host.request("eis", "8.14.3", hub("Pending"));
    fields.schema_version = version;
    CHECK(host.answer("eis", fields) == "I99");
  }
  RequestFields fields = host.request("eis", "8.14.3", " " + hub("Pending") + "\n");
  fields.request_id = "  " + fields.request_id + " ";
  CHECK(host.answer("eis", fields) == "I99");
}

TEST_CASE("A problem detail escapes what it quotes", "[R25]") {
  HostFixture host;
  RequestFields fields = host.request("eis", "8.14.3", hub("Pending"));
  fields.items[1].second = "\"}<script>alert('x')</script>\t\x7f";
  const std::string detail = check_problem(host, host.post(host.sign("eis", fields)), 400);
  CHECK(detail.find("\"}<script>") != std::string::npos);
}

TEST_CASE("An SRV that nobody handles is 501", "[R16]") {
  HostFixture host;
  RequestFields fields = host.request("eis", "8.14.3", hub("Pending"));
  fields.srv = "8.14.1";
  fields.body_element = "CHFInstallSuccess";
  fields.items = {{"DeviceID", hub("Pending")}};
  check_problem(host, host.post(host.sign("eis", fields)), 501);
  fields.srv = "8.2";
  fields.service_reference = "8.2";
  check_problem(host, host.post(host.sign("eis", fields)), 501);
  CHECK(host.outcomes().empty());
}
