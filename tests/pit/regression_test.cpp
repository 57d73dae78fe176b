// SPDX-License-Identifier: Apache-2.0
//
// The regression pack: Suppliers notice nothing. Requests are recorded once, with the answers of a
// host without the plugin's change; the same octets then go to the same host with the plugin, from
// the same state of its store. With PIT_RECORD set to a directory, what was sent and answered is
// written there: exchanges.jsonl, and record.json with the host's own words on what ran.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>

#include "support/host_fixture.hpp"

using namespace support;
namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

struct Recorded {
  std::string what;  // who asks for what
  std::string document, endpoint;
};

struct Answered {
  std::vector<HttpReply> replies;
  std::vector<double> milliseconds;
  json::array outcomes;
};

// Signed once: what is compared are answers to the same octets.
class Requests {
 public:
  explicit Requests(HostFixture& host) : host_(host) {}

  void add(const std::string& what, const std::string& document,
           const std::string& endpoint = "serviceD") {
    all.push_back({what, document, endpoint});
  }
  std::string sign(const std::string& user, const dcc::duis::RequestFields& fields) {
    return host_.sign(user, fields);
  }

  // Everything that one Supplier may send for one SRV: right, wrong in each way, and twice.
  void add_supplier(const std::string& user, const std::string& srv) {
    const auto about = [&](const std::string& case_) { return user + " " + srv + " " + case_; };
    const auto plain = [&](const std::string& device) { return host_.request(user, srv, device); };
    for (const char* status : kStatuses) add(about(status), sign(user, plain(hub(status))));
    add(about("ordered for nobody"), sign(user, plain(kUnorderedHub)));
    add(about("a meter"), sign(user, plain(kMeter)));
    add(about("not in the inventory"), sign(user, plain(kNoDevice)));

    auto fields = plain(hub("Pending"));
    fields.command_variant = 1;
    add(about("command variant 1"), sign(user, fields));
    for (const char* endpoint : {"serviceS", "serviceT"})
      add(about(endpoint), sign(user, plain(hub("Pending"))), endpoint);
    const std::string twice = sign(user, plain(hub("Commissioned")));
    add(about("first"), twice);
    add(about("the same again"), twice);
    fields = plain(hub("Pending"));
    add(about("a RequestID"), sign(user, fields));
    for (auto& [path, value] : fields.items) {
      if (path == "DeviceID") value = hub("Commissioned");
    }
    add(about("the same RequestID, another request"), sign(user, fields));
    add(about("a changed octet"),
        edited(sign(user, plain(hub("Pending"))), hub("Pending"), kMeter));
    add(about("not XML"), "<sr:Request");
    add_bodies(user, srv);
  }

  std::vector<Recorded> all;

 private:
  // Each value of each enumeration, and the optional items.
  void add_bodies(const std::string& user, const std::string& srv) {
    using Values = std::pair<std::string, std::vector<std::string>>;
    const std::vector<Values> enumerations =
        srv == "8.14.3"
            ? std::vector<Values>{{"CHFFaultReturnType",
                                   {"Fault identified prior to installation",
                                    "Fault identified post installation"}},
                                  {"CHFConnectionMethod", {"Hot-shoe", "Cradle", "ESME"}},
                                  {"CHFFaultReason",
                                   {"Damaged case", "Damaged Connector",
                                    "Illegal interference or missing seals",
                                    "Environmental conditions exceeded", "SM WAN Fault",
                                    "SMHAN Interface Fault", "LED Fault", "Aerial fault",
                                    "Manufacturing defect"}}}
            : std::vector<Values>{
                  {"CHFNoFaultReturnType",
                   {"No Fault Return (general)", "No Fault Return (non-dom opt out)",
                    "No Fault Return (dual supplier HAN variant replacement)",
                    "No Fault Return (SM WAN variant replacement requested by DCC)",
                    "Lost or Stolen Hub"}}};
    for (const auto& [item, values] : enumerations) {
      for (const std::string& value : values) {
        auto fields = host_.request(user, srv, hub("Recovered"));
        for (auto& [path, old] : fields.items) {
          if (path == item) old = value;
        }
        add(user + " " + srv + " " + item + " = " + value, sign(user, fields));
      }
    }
    auto fields = host_.request(user, srv, hub("Recovered"));
    fields.items.emplace_back("AdditionalInformation", "as before \xC3\xA9");
    add(user + " " + srv + " with additional information", sign(user, fields));
  }

  HostFixture& host_;
};

// Without the time of the answer and the signature, which is another each time.
std::string lasting(const HttpReply& reply) {
  std::string text = std::to_string(reply.status) + "\n";
  for (const auto& [name, value] : reply.fields) {
    if (name != "date" && name != "content-length") text += name + ": " + value + "\n";
  }
  std::string body = reply.body;
  const std::string time = "sr:ResponseDateTime";
  if (body.find("<" + time + ">") != std::string::npos)
    body = edited(body, "<" + time + ">" + element_text(body, time), "<" + time + ">");
  const auto value = body.find("<ds:Signature ");
  const std::string end = "</ds:Signature>";
  if (value != std::string::npos) body.erase(value, body.find(end) + end.size() - value);
  return text + "\n" + body;
}

Answered ask(HostFixture& host, const std::vector<Recorded>& requests) {
  Answered answered;
  for (const Recorded& request : requests) {
    const auto begin = std::chrono::steady_clock::now();
    answered.replies.push_back(host.post(request.document, request.endpoint));
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    answered.milliseconds.push_back(took.count());
  }
  answered.outcomes = host.outcomes();
  return answered;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// The owner of both handlers, or what is not so.
std::string owner(HostFixture& host) {
  std::string owners;
  const json::object told = host.get("/handlers");
  for (const auto& handler : told.at("handlers").as_array()) {
    const std::string one(handler.at("owner").as_string());
    if (owners.empty()) owners = one;
    if (owners != one) owners += "+" + one;
  }
  return owners;
}

void record(const std::vector<Recorded>& requests, const Answered& before, const Answered& after,
            json::object facts) {
  const char* directory = std::getenv("PIT_RECORD");
  if (directory == nullptr || *directory == '\0') return;
  std::ofstream exchanges(fs::path(directory) / "exchanges.jsonl");
  json::object codes;
  std::size_t same = 0;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const std::string was = code_of(before.replies[i]), is = code_of(after.replies[i]);
    const bool equal = lasting(before.replies[i]) == lasting(after.replies[i]);
    same += equal;
    std::int64_t& count = codes.emplace(was, 0).first->value().as_int64();
    ++count;
    exchanges << json::serialize(json::object{{"what", requests[i].what},
                                              {"endpoint", requests[i].endpoint},
                                              {"request", requests[i].document},
                                              {"before", lasting(before.replies[i])},
                                              {"after", lasting(after.replies[i])},
                                              {"same", equal}})
              << '\n';
  }
  facts["requests"] = requests.size();
  facts["same"] = same;
  facts["codes"] = codes;
  facts["median_ms_before"] = median(before.milliseconds);
  facts["median_ms_after"] = median(after.milliseconds);
  std::ofstream(fs::path(directory) / "record.json") << json::serialize(facts) << '\n';
}

}  // namespace

TEST_CASE("What Suppliers send is answered octet for octet as without the plugin",
          "[R3][R7][R9][R16][R19][R23][regression][quick]") {
  HostFixture::Options options;
  options.plugin = false;
  options.supplier_returns = true;
  HostFixture host(options);
  Requests requests(host);
  for (const std::string user : {"eis", "gis"}) {
    for (const std::string srv : {"8.14.3", "8.14.4"}) requests.add_supplier(user, srv);
  }
  const fs::path state = host.store().parent_path(), kept = host.directory() / "kept";
  fs::copy(state, kept, fs::copy_options::recursive);

  host.start();
  CHECK(owner(host) == "host");
  const Answered before = ask(host, requests.all);
  host.stop();

  fs::remove_all(state);
  fs::copy(kept, state, fs::copy_options::recursive);
  fs::permissions(state, fs::perms::owner_all);
  host.drop_ch_returns();
  host.start();
  CHECK(owner(host) == "ch-returns");
  const Answered after = ask(host, requests.all);

  std::size_t accepted = 0, rejected = 0;
  for (std::size_t i = 0; i < requests.all.size(); ++i) {
    INFO(requests.all[i].what);
    CHECK(lasting(after.replies[i]) == lasting(before.replies[i]));
    const std::string code = code_of(before.replies[i]);
    accepted += code == "I99";
    rejected += code.starts_with("E");
  }
  CHECK(accepted >= 4 * std::size(kStatuses));  // the comparison is of something
  CHECK(rejected >= 4 * 5);
  // What is on record is the same, too, but for who decided, why and when.
  REQUIRE(after.outcomes.size() == before.outcomes.size());
  for (std::size_t i = 0; i < after.outcomes.size(); ++i) {
    for (const char* key : {"request_id", "srv", "role", "device_id", "code", "repeated"}) {
      INFO(i << " " << key);
      CHECK(after.outcomes[i].at(key) == before.outcomes[i].at(key));
    }
  }
  record(requests.all, before, after,
         {{"plugin", host.get("/plugins").at("plugins").as_array().at(0)},
          {"outcomes", after.outcomes.size()}});
}
