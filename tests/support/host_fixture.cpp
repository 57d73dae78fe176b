// SPDX-License-Identifier: Apache-2.0
#include "support/host_fixture.hpp"

#include <csignal>

#include <algorithm>
#include <charconv>
#include <iterator>

namespace support {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using dcc::duis::Eui64;
using dcc::duis::RequestFields;

// `url`: of a server, or nothing.
std::string store_text(const HostFixture::Options& options, const std::string& url) {
  if (url.empty()) return "[store]\nurl = sqlite:state/store.db\n";
  return "[store]\nurl = " + url + "\nhost = " + options.database->host +
         "\nconnections = " + std::to_string(options.database->connections) + "\n";
}

// `credentials`: the directory of those that are not the host's own ones.
std::string configuration_text(const HostFixture::Options& options, const std::string& url,
                               const std::string& credentials) {
  const auto on_off = [](bool on) { return on ? "on\n" : "off\n"; };
  std::string text =
      "[http]\nlisten = 127.0.0.1:0\nworkers = " + std::to_string(options.workers) + "\n" +
      options.http + "[admin]\n" + options.admin + "[duis]\ncontrol_broker = " + kBroker +
      "\nschema = " + options.schema.string() + "\n[credentials]\ndirectory = " + credentials +
      "certificates\ntrust_anchor = " + credentials + "ca.pem\n" + store_text(options, url) +
      options.store + "[plugins]\ndirectory = plugins\nconfig_directory = plugins.d\nwatch = " +
      on_off(options.watch) + "[built_in]\nsupplier_returns = " + on_off(options.supplier_returns);
  if (options.signing) {
    text += "[signing]\ncertificate = " + credentials +
            "certificates/dcc.pem\nkey = " + credentials + "keys/dcc.key\n";
  }
  if (!options.tls.empty()) text += "[tls]\n" + options.tls;
  return text;
}

const char* header_of(const std::string& table) {
  if (table == "users") return "user_id,role,status,name\n";
  if (table == "devices") return "device_id,type,status\n";
  if (table == "orders") return "device_id,supplier_id\n";
  return "agent_id,supplier_id,valid_from,valid_until\n";
}

void must_work(const Finished& finished) {
  if (finished.exit_code != 0) throw std::runtime_error("import: " + finished.err);
}

// Certificates that outlive what is signed with them: 2020-01-01 to 2049-12-31.
sample::pki::CertificateOptions long_lived(std::string_view eui) {
  sample::pki::CertificateOptions options;
  options.eui = *Eui64::parse(eui);
  options.not_before = 1'577'836'800'000;
  options.not_after = 2'524'607'999'000;
  return options;
}

}  // namespace

std::uint16_t port_in(const std::string& line) {
  constexpr std::string_view kAddress = "127.0.0.1:";
  const auto at = line.find(kAddress);
  std::uint16_t port = 0;
  if (at != std::string::npos)
    std::from_chars(line.data() + at + kAddress.size(), line.data() + line.size(), port);
  if (port == 0) throw std::runtime_error("no port in: " + line);
  return port;
}

fs::path sample_host_program() {
  return under_test("usr/bin/dcc-sample-host", DCC_BINARY_DIR "/bin/dcc-sample-host");
}

fs::path duis_client_program() {
  return under_test("usr/bin/duis-client", DCC_BINARY_DIR "/bin/duis-client");
}

std::string ch_returns_settings() {
  return read_file(under_test("etc/dcc/plugins.d/ch-returns.ini",
                              DCC_SOURCE_DIR "/config/plugins.d/ch-returns.ini"));
}

std::string hub(std::string_view status) {
  const auto* at = std::find(std::begin(kStatuses), std::end(kStatuses), status);
  if (at == std::end(kStatuses)) throw std::logic_error("no status " + std::string(status));
  return "00-DB-12-34-56-78-90-0" + std::to_string(1 + std::distance(std::begin(kStatuses), at));
}

std::string world_csv(const std::string& table) {
  std::string rows = header_of(table);
  if (table == "users") {
    for (const Member& member : kMembers) {
      if (member.status == nullptr) continue;
      rows.append(member.eui).append(",").append(member.role).append(",");
      rows.append(member.status).append(",").append(member.name).append("\n");
    }
  } else if (table == "devices") {
    for (const char* status : kStatuses) rows += hub(status) + ",CHF," + status + "\n";
    rows += kUnorderedHub + ",CHF,Pending\n" + kMeter + ",ESME,Commissioned\n";
  } else if (table == "orders") {
    for (const char* status : kStatuses) rows += hub(status) + "," + eui_of("eis") + "\n";
  } else {
    rows += eui_of("sna") + "," + eui_of("eis") + ",2019-11-07,\n";
  }
  return rows;
}

std::string eui_of(const std::string& user) {
  const auto* at = std::find_if(std::begin(kMembers), std::end(kMembers),
                                [&](const Member& member) { return user == member.name; });
  if (at == std::end(kMembers)) throw std::logic_error("no member " + user);
  return at->eui;
}

std::string code_of(const HttpReply& reply) {
  const std::string code = element_text(reply.body, "sr:ResponseCode");
  return reply.status == 200 && !code.empty() ? code : std::to_string(reply.status);
}

std::string element_text(std::string_view document, std::string_view name) {
  const std::string begin = "<" + std::string(name) + ">";
  const auto at = document.find(begin);
  if (at == std::string_view::npos) return {};
  const auto text = document.substr(at + begin.size());
  return std::string(text.substr(0, text.find('<')));
}

std::string edited(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  if (at == std::string::npos) throw std::logic_error("no " + std::string(from) + " in " + text);
  return text.replace(at, from.size(), to);
}

HostFixture::HostFixture(const Options& options) : users_(std::make_shared<Users>(directory())) {
  Credentials& credentials = users_->credentials;
  for (const Member& member : kMembers) credentials.issue(member.name, long_lived(member.eui));
  credentials.issue("dcc", long_lived(kBroker));
  credentials.issue_server("server");
  prepare(options, {});
  if (options.world) {
    for (const char* table : kTables) must_work(import(table, world_csv(table)));
  }
}

HostFixture::HostFixture(const Options& options, const HostFixture& other) : users_(other.users_) {
  prepare(options, other.directory().string() + "/");
}

void HostFixture::prepare(const Options& options, const std::string& credentials) {
  for (const auto& part : {plugins(), settings(), store().parent_path()}) {
    fs::create_directory(part);
    fs::permissions(part, fs::perms::owner_all);
  }
  const auto& database = options.database;
  write_file(configuration(),
             configuration_text(options, database ? database->url : "", credentials));
  if (database) {
    import_configuration_ = directory() / "import.ini";
    write_file(import_configuration_,
               configuration_text(options, database->import_url, credentials));
  }
  if (options.plugin) drop_ch_returns();
}

void HostFixture::start(const std::vector<std::string>& launcher) {
  std::vector<std::string> command = launcher;
  for (const auto& part : {sample_host_program().string(), std::string("serve"),
                           std::string("--config"), configuration().string()}) {
    command.push_back(part);
  }
  const std::string program = command.front();
  command.erase(command.begin());
  process_ = std::make_unique<Process>(program, command);
  http_port_ = port_in(process_->wait_for_line("http listens on "));
  const std::string admin_line = process_->wait_for_line("admin listens on ");
  http_client_.emplace(http_port_);
  if (admin_line.find("unix:") != std::string::npos) return;
  admin_port_ = port_in(admin_line);
  if (admin("GET", "/healthz").status != 200) throw std::runtime_error("/healthz is not 200");
}

Finished HostFixture::stop() {
  process_->signal(SIGTERM);
  return await_end();
}

Finished HostFixture::await_end() {
  Finished finished = process_->wait();
  process_.reset();
  if (finished.exit_code != 0) throw std::runtime_error("it did not end well: " + finished.err);
  return finished;
}

void HostFixture::kill() {
  process_->signal(SIGKILL);
  process_->wait();
  process_.reset();
}

void HostFixture::drop_plugin(const fs::path& object, std::string_view text) {
  const fs::path target = plugins() / object.filename();
  fs::copy_file(object, target, fs::copy_options::overwrite_existing);
  using fs::perms;
  fs::permissions(target, perms::owner_all | perms::group_read | perms::others_read);
  write_file(settings() / object.filename().replace_extension(".ini"), text);
}

void HostFixture::drop_ch_returns() {
  drop_plugin(ch_returns_object(), ch_returns_settings());
}

Finished HostFixture::import(const std::string& table, std::string_view csv) const {
  static std::atomic<unsigned> number = 0;
  const fs::path file = directory() / (table + std::to_string(++number) + ".csv");
  write_file(file, csv);
  return run(sample_host_program(),
             {"import", table, file.string(), "--config", import_configuration_.string()});
}

void HostFixture::import_rows(const std::string& table, const std::string& rows) const {
  must_work(import(table, header_of(table) + rows));
}

RequestFields HostFixture::request(const std::string& user, std::string_view srv,
                                   const std::string& device) {
  RequestFields fields;
  fields.request_id = eui_of(user) + ":" + kBroker + ":" + std::to_string(++users_->counter);
  fields.service_reference = "8.14";
  fields.srv = srv;
  if (srv == "8.14.3") {
    fields.body_element = "CHFFaultReturn";
    fields.items = {{"DeviceID", device},
                    {"CHFFaultReturnType", "Fault identified prior to installation"},
                    {"OtherDeviceID", "00-DB-12-34-56-78-90-A0"},
                    {"CHFConnectionMethod", "Hot-shoe"},
                    {"CHFFaultReason", "Damaged case"}};
  } else {
    fields.body_element = "CHFNoFaultReturn";
    fields.items = {{"DeviceID", device}, {"CHFNoFaultReturnType", "No Fault Return (general)"}};
  }
  return fields;
}

std::string HostFixture::sign(const std::string& user, const RequestFields& fields) const {
  return dcc::duis::sign_document(dcc::duis::request_root(fields),
                                  users_->credentials.signer(user));
}

HttpReply HostFixture::post(const std::string& document, const std::string& endpoint) {
  return http_client_->send("POST", "/api/v1/" + endpoint, {{"Content-Type", "application/xml"}},
                            document);
}

std::string HostFixture::answer(const std::string& user, std::string_view srv,
                                const std::string& device) {
  return answer(user, request(user, srv, device));
}

std::string HostFixture::answer(const std::string& user, const RequestFields& fields) {
  return code_of(post(sign(user, fields)));
}

std::string HostFixture::service_url() const {
  return "http://127.0.0.1:" + std::to_string(http_port_);
}

HttpReply HostFixture::admin(std::string_view method, const std::string& target) {
  // Not kept: a test may take longer than the host lets a connection be idle.
  return HttpClient(admin_port_).send(method, target);
}

json::object HostFixture::get(const std::string& target) {
  const HttpReply reply = admin("GET", target);
  if (reply.status != 200) throw std::runtime_error(target + ": " + reply.body);
  return json::parse(reply.body).as_object();
}

unsigned HostFixture::reload() {
  return admin("POST", "/reload").status;
}

json::array HostFixture::outcomes() {
  return all("outcomes");
}

json::array HostFixture::returns() {
  return all("returns");
}

json::array HostFixture::all(const std::string& name) {
  json::array rows;
  for (std::string after = "0";;) {
    const json::object page = get("/" + name + "?after=" + after + "&limit=1000");
    const json::array& part = page.at(name).as_array();
    if (part.empty()) return rows;
    rows.insert(rows.end(), part.begin(), part.end());
    after = page.at("resume").as_string();
  }
}

}  // namespace support
