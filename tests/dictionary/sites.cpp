// SPDX-License-Identifier: Apache-2.0
#include "dictionary/sites.hpp"

#include <array>
#include <initializer_list>
#include <iterator>

#include "adaptor/outcome_json.hpp"
#include "store/packing/packing.hpp"
#include "store/store.hpp"
#include "support/host_fixture.hpp"

namespace dictionary {
namespace {

using dcc::duis::Eui64;
using dcc::duis::RequestFields;
using Random = std::mt19937_64;
using Texts = std::initializer_list<const char*>;

// Two certificates of three are of those who may return hubs.
constexpr std::array kRoles{"EIS", "GIS", "SNA", "EIS", "GIS", "SNA", "EIS",
                            "GIS", "SNA", "ES",  "ED",  "GT",  "OU",  "MDR"};
constexpr std::size_t kHubs = 60;
constexpr std::array kWords{"hub",      "returned", "by",   "installer", "after", "visit",
                            "no",       "light",    "case", "cracked",   "see",   "report",
                            "replaced", "customer", "left", "wrong",     "WAN",   "variant"};

struct User {
  std::string name, eui, role;
};

std::size_t below(Random& random, std::size_t end) {
  return std::uniform_int_distribution<std::size_t>(0, end - 1)(random);
}
bool happens(Random& random, double probability) {
  return std::bernoulli_distribution(probability)(random);
}
const char* one_of(Random& random, Texts texts) {
  return *std::next(texts.begin(), static_cast<std::ptrdiff_t>(below(random, texts.size())));
}
std::string any_eui(Random& random) {
  return Eui64{random()}.text();
}
std::string any_number(Random& random, std::size_t digits) {
  std::string text;
  while (text.size() < digits) text += static_cast<char>('0' + below(random, 10));
  return text;
}
std::string any_sentence(Random& random) {
  std::string text;
  for (std::size_t words = 3 + below(random, 12); words > 0; --words)
    text.append(text.empty() ? "" : " ").append(kWords.at(below(random, kWords.size())));
  return text;
}
std::string any_time(Random& random) {
  constexpr std::int64_t k2025 = 1'735'689'600'000;
  constexpr std::int64_t kTenYears = 315'360'000'000;
  return dcc::duis::date_time(k2025 + static_cast<std::int64_t>(random() % kTenYears));
}

// The elements that a User may leave out.
void add_references(Random& random, RequestFields& fields) {
  if (happens(random, 0.2)) fields.items.emplace_back("UserRefDateTime", any_time(random));
  if (happens(random, 0.2)) fields.items.emplace_back("UserRefID", any_number(random, 12));
}

void add_body(Random& random, const std::string& hub, RequestFields& fields) {
  const bool with_incident = happens(random, 0.2);
  const auto incident = [&] {
    if (with_incident)
      fields.items.emplace_back("IncidentReference", "INC" + any_number(random, 9));
  };
  fields.items = {{"DeviceID", hub}};
  if (fields.srv == "8.14.3") {
    fields.body_element = "CHFFaultReturn";
    fields.items.emplace_back("CHFFaultReturnType",
                              one_of(random, {"Fault identified prior to installation",
                                              "Fault identified post installation"}));
    add_references(random, fields);
    fields.items.emplace_back("OtherDeviceID", any_eui(random));
    incident();
    fields.items.emplace_back("CHFConnectionMethod",
                              one_of(random, {"Hot-shoe", "Cradle", "ESME"}));
    fields.items.emplace_back(
        "CHFFaultReason",
        one_of(random,
               {"Damaged case", "Damaged Connector", "Illegal interference or missing seals",
                "Environmental conditions exceeded", "SM WAN Fault", "SMHAN Interface Fault",
                "LED Fault", "Aerial fault", "Manufacturing defect"}));
  } else {
    fields.body_element = "CHFNoFaultReturn";
    fields.items.emplace_back(
        "CHFNoFaultReturnType",
        one_of(random, {"No Fault Return (general)", "No Fault Return (non-dom opt out)",
                        "No Fault Return (dual supplier HAN variant replacement)",
                        "No Fault Return (SM WAN variant replacement requested by DCC)",
                        "Lost or Stolen Hub"}));
    add_references(random, fields);
    incident();
  }
  if (happens(random, 0.3))
    fields.items.emplace_back("AdditionalInformation", any_sentence(random));
}

class Site {
 public:
  explicit Site(Random& random) : random_(random), host_(options()), broker_(any_eui(random)) {
    name_broker();
    make_users();
    make_hubs();
    host_.drop_ch_returns();
    host_.start();
  }

  void send() {
    const User& user = users_.at(below(random_, users_.size()));
    RequestFields fields;
    fields.request_id = user.eui + ":" + broker_ + ":" + std::to_string(++counter_);
    fields.service_reference = "8.14";
    fields.srv = one_of(random_, {"8.14.3", "8.14.4"});
    // Most hubs are returned by who may, and one of ten is none that is known.
    const std::string hub =
        happens(random_, 0.1) ? any_eui(random_) : hubs_.at(below(random_, hubs_.size()));
    add_body(random_, hub, fields);
    host_.answer(user.name, fields);
  }

  std::vector<std::string> outcomes() {
    host_.stop();
    const auto store = sample::open_store("sqlite:" + host_.store().string());
    std::vector<std::string> all;
    for_each_record(*store, 0, [&](const sample::StoredOutcome& stored) {
      const dcc::adaptor::Record record = record_of(stored);
      sample::append_plain(
          {record.items, record.facts, record.outcome.request, record.outcome.response},
          all.emplace_back());
    });
    return all;
  }

 private:
  static support::HostFixture::Options options() {
    support::HostFixture::Options options;
    options.world = options.plugin = false;
    return options;
  }

  void name_broker() {
    issue("broker", broker_);
    std::string text = support::read_file(host_.configuration());
    text = support::edited(text, "control_broker = " + support::kBroker,
                           "control_broker = " + broker_);
    text = support::edited(text, "certificates/dcc.pem", "certificates/broker.pem");
    text = support::edited(text, "keys/dcc.key", "keys/broker.key");
    support::write_file(host_.configuration(), text);
  }

  void make_users() {
    std::string rows;
    for (const char* role : kRoles) {
      User& user = users_.emplace_back();
      user = {"user" + std::to_string(users_.size()), any_eui(random_), role};
      issue(user.name, user.eui);
      rows += user.eui + "," + role + "," + (happens(random_, 0.95) ? "Active" : "Suspended") +
              "," + user.name + "\n";
    }
    host_.import_rows("users", rows);
  }

  void make_hubs() {
    std::string devices, orders, appointments;
    for (std::size_t i = 0; i < kHubs; ++i) {
      const std::string& hub = hubs_.emplace_back(any_eui(random_));
      const bool is_pending = happens(random_, 0.7);
      devices += hub + (happens(random_, 0.98) ? ",CHF," : ",ESME,") +
                 (is_pending ? "Pending"
                             : support::kStatuses[below(random_, std::size(support::kStatuses))]) +
                 "\n";
      orders += hub + "," + users_.at(below(random_, 2)).eui + "\n";
    }
    for (const User& user : users_) {
      if (user.role != "SNA") continue;
      for (std::size_t supplier = 0; supplier < 2; ++supplier) {
        if (happens(random_, 0.8))
          appointments += user.eui + "," + users_.at(supplier).eui + ",2019-11-07,\n";
      }
    }
    host_.import_rows("devices", devices);
    host_.import_rows("orders", orders);
    if (!appointments.empty()) host_.import_rows("appointments", appointments);
  }

  void issue(const std::string& name, const std::string& eui) {
    sample::pki::CertificateOptions certificate;
    certificate.eui = *Eui64::parse(eui);
    host_.credentials().issue(name, certificate);
  }

  Random& random_;
  support::HostFixture host_;
  const std::string broker_;
  std::vector<User> users_;
  std::vector<std::string> hubs_;
  std::uint64_t counter_ = random_() >> 40U;
};

}  // namespace

std::vector<std::string> outcomes_of_a_site(Random& random, std::size_t requests) {
  Site site(random);
  for (std::size_t i = 0; i < requests; ++i) site.send();
  return site.outcomes();
}

}  // namespace dictionary
