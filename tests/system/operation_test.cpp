// SPDX-License-Identifier: Apache-2.0
//
// The host under an operator and a service manager: signals, reloads of its configuration, what it
// says when the system has no more to give.
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "support/host_fixture.hpp"
#include "support/unix_socket.hpp"

using namespace support;
using Catch::Matchers::Contains;

namespace {

// What a service manager is told.
class NotifySocket {
 public:
  explicit NotifySocket(const std::filesystem::path& path)
      : path_(path), fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    const sockaddr_un address = unix_address(path);
    REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    const timeval patience{kPatience.count(), 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~NotifySocket() { ::close(fd_); }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  std::string next() const {
    std::string text(1000, '\0');
    const ssize_t size = ::recv(fd_, text.data(), text.size(), 0);
    text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return text;
  }
  std::string environment() const { return "NOTIFY_SOCKET=" + path_.string(); }

 private:
  const std::filesystem::path path_;
  const int fd_;
};

std::string first_of(const boost::json::object& object, const char* part, const char* list) {
  const auto& lines = object.at(part).at(list).as_array();
  return lines.empty() ? "none" : std::string(lines.front().as_string());
}

// In a user namespace of its own, so that nobody else meets the limit.
std::vector<std::string> without(const std::string& limit) {
  return {"unshare",
          "-Ur",
          "sh",
          "-c",
          "echo 0 > /proc/sys/user/max_inotify_" + limit + " && exec \"$@\"",
          "sh"};
}

bool namespaces_may_be_made() {
  return run("unshare", {"-Ur", "sh", "-c", "test -w /proc/sys/user/max_inotify_watches"})
             .exit_code == 0;
}

}  // namespace

TEST_CASE("A reload that is ordered while the host starts is done when it has started", "[R24]") {
  HostFixture host(HostFixture::Options{});
  for (int start = 0; start < 5; ++start) {
    Process process(sample_host_program(), {"serve", "--config", host.configuration().string()});
    process.wait_for_line("starts with");
    process.signal(SIGHUP);
    process.wait_for_line("handlers live");
    process.wait_for_line("admin listens on");
    process.wait_for_line("handlers live");
    process.signal(SIGTERM);
    CHECK(process.wait().exit_code == 0);
  }
}

TEST_CASE("A reload reads the configuration and refuses what the next start would refuse",
          "[R24]") {
  HostFixture host;
  const std::string good = read_file(host.configuration());
  for (const std::string& bad :
       {good + "nonsense\n", good + "[log]\nlevel = loud\n", "\xff\xfe" + good, std::string()}) {
    INFO(bad);
    write_file(host.configuration(), bad);
    CHECK(host.reload() == 422);
    CHECK_THAT(first_of(host.get("/plugins"), "configuration", "refused"),
               Contains(host.configuration().string()));
    CHECK(host.get("/healthz").at("status") == "degraded");
    CHECK(host.answer("sna", "8.14.3", hub("Pending")) == "I99");
  }
  std::filesystem::remove(host.configuration());
  CHECK(host.reload() == 422);
  write_file(host.configuration(), good);
  CHECK(host.reload() == 200);
  CHECK(host.get("/healthz").at("status") == "ok");
}

TEST_CASE("A reload applies what it can and names what counts from the next start", "[R12]") {
  HostFixture host;
  const std::string text = read_file(host.configuration());
  std::filesystem::create_directory(host.directory() / "others");
  for (const char* user : {"eis", "dcc"}) {
    std::filesystem::copy_file(host.directory() / "certificates" / (std::string(user) + ".pem"),
                               host.directory() / "others" / (std::string(user) + ".pem"));
  }
  write_file(host.configuration(), edited(edited(text, "workers = 2", "workers = 1"),
                                          "directory = certificates", "directory = others") +
                                       "[log]\nlevel = debug\nfile = elsewhere.log\n");
  CHECK(host.reload() == 200);
  const auto restart = host.get("/plugins").at("configuration").at("restart").as_array();
  CHECK(restart == boost::json::array{"[http] workers", "[log] file"});
  CHECK(host.answer("eis", "8.14.3", hub("Pending")) == "I99");
  CHECK(host.answer("sna", "8.14.3", hub("Pending")) == "403");
  write_file(host.configuration(), text);
  CHECK(host.reload() == 200);
  CHECK(host.get("/plugins").at("configuration").at("restart").as_array().empty());
  CHECK(host.answer("sna", "8.14.3", hub("Pending")) == "I99");
}

TEST_CASE("A directory of certificates that is not mounted turns nobody away", "[R24]") {
  HostFixture host;
  const auto place = host.directory() / "certificates";
  std::filesystem::rename(place, host.directory() / "aside");
  std::filesystem::create_directory(place);
  CHECK(host.reload() == 422);
  CHECK_THAT(first_of(host.get("/plugins"), "credentials", "refused"), Contains("not mounted?"));
  CHECK(host.answer("sna", "8.14.3", hub("Pending")) == "I99");
  std::filesystem::remove(place);
  std::filesystem::rename(host.directory() / "aside", place);
  CHECK(host.reload() == 200);
  for (const auto& file : std::filesystem::directory_iterator(place)) {
    std::filesystem::remove(file);
  }
  CHECK(host.reload() == 422);  // the host's own, with which it signs, was among them
  const auto report = host.get("/plugins");
  CHECK(report.at("credentials").at("refused").as_array().empty());
  CHECK(report.at("credentials").at("loaded") == 0);
  CHECK(report.at("signing").at("refused").as_array().size() == 1);
  CHECK(host.answer("sna", "8.14.3", hub("Pending")) == "403");
}

TEST_CASE("The service manager is told when the host is ready, reloads and stops", "[R30]") {
  HostFixture host(HostFixture::Options{});
  const NotifySocket socket(host.directory() / "notify");
  host.start({"env", socket.environment()});
  CHECK(socket.next() == "READY=1");
  CHECK(host.reload() == 200);
  CHECK(socket.next() == "RELOADING=1");
  CHECK(socket.next() == "READY=1");
  host.process().signal(SIGHUP);
  CHECK(socket.next() == "RELOADING=1");
  CHECK(socket.next() == "READY=1");
  host.stop();
  CHECK(socket.next() == "STOPPING=1");
}

TEST_CASE("In the journal each line carries its priority", "[R30]") {
  HostFixture host(HostFixture::Options{});
  const std::vector<std::string> journal{
      "sh", "-c", "export JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2); exec \"$@\"", "sh"};
  host.start(journal);
  write_file(host.settings() / "ch-returns.ini", "broken");
  CHECK(host.reload() == 422);
  const std::string log = host.stop().err;
  std::istringstream lines(log);
  int of_info = 0, of_warning = 0;
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    const std::string level = line.size() > 33 ? line.substr(28, 4) : "";
    CHECK(line.substr(0, 3) == (level == "warn" ? "<4>" : "<6>"));
    (level == "warn" ? of_warning : of_info) += 1;
  }
  CHECK(of_info > 0);
  CHECK(of_warning > 0);
  write_file(host.configuration(), "nonsense");
  auto command = journal;
  command.erase(command.begin());
  for (const auto& part : {sample_host_program().string(), std::string("serve"),
                           std::string("--config"), host.configuration().string()}) {
    command.push_back(part);
  }
  CHECK_THAT(run("sh", command).err, Catch::StartsWith("<3>dcc-sample-host: "));
}

TEST_CASE("Why a start failed is in the log file as well", "[R30]") {
  HostFixture host(HostFixture::Options{});
  write_file(host.store(),
             "no database, but long enough that it could be the head of one ........");
  write_file(host.configuration(), read_file(host.configuration()) + "[log]\nfile = host.log\n");
  const Finished finished =
      run(sample_host_program(), {"serve", "--config", host.configuration().string()});
  CHECK(finished.exit_code == 1);
  CHECK_THAT(finished.err, Contains("store.db"));
  CHECK_THAT(read_file(host.directory() / "host.log"), Contains("the host ends: store"));
}

TEST_CASE("Without inotify the host serves, says which limit it is, and finds changes by looking",
          "[R24]") {
  if (!namespaces_may_be_made()) {
    WARN("no user namespace may be made here");
    return;
  }
  const auto [limit, name] =
      GENERATE(table<const char*, const char*>({{"instances", "fs.inotify.max_user_instances"},
                                                {"watches", "fs.inotify.max_user_watches"}}));
  HostFixture::Options options;
  options.watch = true;
  HostFixture host(options);
  host.start(without(limit));
  CHECK(host.get("/healthz").at("status") == "degraded");
  CHECK_THAT(first_of(host.get("/healthz"), "watch", "problems"), Contains(name));
  CHECK(host.reload() == 200);
  std::string settings = ch_returns_settings();
  for (int i = 0; i < 2; ++i) settings = edited(settings, "SNA = Pending", "SNA = none");
  write_file(host.settings() / "ch-returns.ini", settings);
  host.process().wait_for_line("ch-returns.so replaced, live");
  CHECK(host.answer("sna", "8.14.3", hub("Pending")) == "E2");
  CHECK_THAT(host.process().err(), Contains(name));
}

TEST_CASE("A cache on a file system that is mounted noexec is named as such", "[R30]") {
  if (run("unshare", {"-Urm", "mount", "-t", "tmpfs", "none", "/tmp"}).exit_code != 0) {
    WARN("no file system may be mounted here");
    return;
  }
  HostFixture host(HostFixture::Options{});
  const auto cache = host.store().parent_path() / "plugin-cache";
  std::filesystem::create_directory(cache);
  const std::vector<std::string> mounted{
      "unshare",
      "-Urm",
      "sh",
      "-c",
      "mount -t tmpfs -o noexec,mode=0700 none '" + cache.string() + "' && exec \"$@\"",
      "sh"};
  host.start(mounted);
  const auto plugins = host.get("/plugins").at("plugins").as_array();
  REQUIRE(plugins.size() == 1);
  const std::string reason(plugins[0].at("reason").as_string());
  CHECK_THAT(reason, Contains(cache.string()) && Contains("noexec"));

  auto command = mounted;
  command.erase(command.begin());
  for (const auto& part : {sample_host_program().string(), std::string("check"),
                           std::string("--config"), host.configuration().string()}) {
    command.push_back(part);
  }
  const Finished checked = run("unshare", command);
  CHECK(checked.exit_code == 1);
  CHECK_THAT(checked.out, Contains(reason));
}

TEST_CASE("The limit of open files is raised as far as it goes and named where that is not enough",
          "[R24]") {
  HostFixture::Options options;
  options.http += "max_connections = 500\n";
  HostFixture host(options);
  host.start({"prlimit", "--nofile=100:1000"});
  CHECK_THAT(host.stop().err, !Contains("LimitNOFILE"));
  host.start({"prlimit", "--nofile=100:200"});
  CHECK_THAT(host.stop().err, Contains("LimitNOFILE) is 200; [http] max_connections asks for 564"));
}
