// SPDX-License-Identifier: Apache-2.0
#include "support/postgresql_server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <stdexcept>
#include <system_error>

#include "support/process.hpp"
#include "support/unix_socket.hpp"

namespace support {
namespace {

const std::filesystem::path kPrograms = "/usr/lib/postgresql/15/bin";
constexpr const char* kUser = "postgres";
constexpr int kPatienceMs = 120'000;  // only a server that hangs needs it

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// Somebody else may take it before the server does; then the test fails and says so.
int free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(socket, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    fail("a free port");
  }
  ::close(socket);
  return ntohs(address.sin_port);
}

// Where the server says that it is ready, as it says it to systemd.
int notification_socket(const std::filesystem::path& path) {
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const sockaddr_un address = unix_address(path);
  std::filesystem::remove(path);
  if (::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    fail(path.string());
  }
  ::chmod(path.c_str(), 0777);
  return socket;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

}  // namespace

PostgresqlServer::PostgresqlServer(bool with_tcp, std::vector<std::string> settings)
    : PostgresqlServer(
          with_tcp, std::move(settings),
          {(kPrograms / "initdb").string(), "--no-sync", "--encoding=UTF8", "--locale=C",
           "--username=postgres", "--auth-local=trust", "--auth-host=scram-sha-256"}) {}

PostgresqlServer PostgresqlServer::standby_of(const PostgresqlServer& primary) {
  return PostgresqlServer(
      false, primary.settings_,
      {(kPrograms / "pg_basebackup").string(), "--no-sync", "--checkpoint=fast",
       "--write-recovery-conf",
       "--dbname=host=" + primary.socket_directory().string() +
           " port=" + std::to_string(primary.port()) + " user=postgres application_name=standby"});
}

PostgresqlServer::PostgresqlServer(bool with_tcp, std::vector<std::string> settings,
                                   std::vector<std::string> make_data)
    : with_tcp_(with_tcp), settings_(std::move(settings)) {
  if (with_tcp) port_ = free_port();
  if (::geteuid() == 0) {
    const passwd* const user = ::getpwnam(kUser);
    if (user == nullptr)
      throw std::runtime_error("there is no user postgres: package postgresql-15");
    if (::chown(directory_.path().c_str(), user->pw_uid, user->pw_gid) != 0) fail("chown");
  }
  make_data.insert(make_data.end(), {"-D", (directory_.path() / "data").string()});
  auto command = as_its_user(make_data);
  const std::string program = command.front();
  command.erase(command.begin());
  const Finished made = support::run(program, command);
  if (made.exit_code != 0) throw std::runtime_error(make_data.front() + ": " + made.err);
  start();
}

PostgresqlServer::~PostgresqlServer() {
  if (pid_ <= 0) return;
  try {
    thaw();
    stop();
  } catch (const std::exception&) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
}

std::vector<std::string> PostgresqlServer::as_its_user(
    const std::vector<std::string>& command) const {
  if (::geteuid() != 0) return command;
  // It ends with the test, whatever becomes of that.
  std::vector<std::string> all{"setpriv",        "--reuid=postgres", "--regid=postgres",
                               "--clear-groups", "--pdeathsig=KILL", "--"};
  all.insert(all.end(), command.begin(), command.end());
  return all;
}

void PostgresqlServer::start() {
  std::vector<std::string> command{
      (kPrograms / "postgres").string(),
      "-D",
      (directory_.path() / "data").string(),
      "-p",
      std::to_string(port_),
      "-c",
      "unix_socket_directories=" + directory_.path().string(),
      "-c",
      std::string("listen_addresses=") + (with_tcp_ ? "127.0.0.1" : ""),
      "-c",
      "shared_buffers=32MB",
      "-c",
      "max_locks_per_transaction=256"};
  for (const std::string& setting : settings_) command.insert(command.end(), {"-c", setting});
  std::vector<std::string> arguments = as_its_user(command);
  const std::filesystem::path notify = directory_.path() / "notify";
  std::vector<std::string> environment{"NOTIFY_SOCKET=" + notify.string(), "PATH=/usr/bin:/bin"};
  const auto argv = pointers(arguments);
  const auto envp = pointers(environment);
  const int notified = notification_socket(notify);
  const int log =
      ::open((directory_.path() / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  pid_ = ::fork();
  if (pid_ < 0) fail("fork");
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(log, STDOUT_FILENO);
    ::dup2(log, STDERR_FILENO);
    ::execvpe(argv[0], argv.data(), envp.data());
    ::_exit(127);
  }
  ::close(log);
  try {
    wait_until_ready(notified);
  } catch (...) {
    ::close(notified);
    throw;
  }
  ::close(notified);
}

void PostgresqlServer::wait_until_ready(int notified) const {
  const int process = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  std::array<pollfd, 2> events{{{notified, POLLIN, 0}, {process, POLLIN, 0}}};
  for (std::string text; text.find("READY=1") == std::string::npos;) {
    const int count = ::poll(events.data(), events.size(), kPatienceMs);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0 || events[0].revents == 0) {
      ::close(process);
      throw std::runtime_error("postgres does not start: " + read_file(directory_.path() / "log"));
    }
    text.resize(4096);
    const ssize_t size = ::recv(notified, text.data(), text.size(), 0);
    text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  }
  ::close(process);
}

void PostgresqlServer::stop() {
  const auto all = processes();
  ::kill(pid_, SIGINT);
  wait_for_end(all);
}

void PostgresqlServer::kill() {
  const auto all = processes();
  for (const pid_t pid : all) ::kill(pid, SIGKILL);
  wait_for_end(all);
}

void PostgresqlServer::freeze() const {
  ::kill(pid_, SIGSTOP);  // first, so that it has no child that is not among them
  for (const pid_t pid : processes()) ::kill(pid, SIGSTOP);
}

void PostgresqlServer::thaw() const {
  for (const pid_t pid : processes()) ::kill(pid, SIGCONT);
}

void PostgresqlServer::promote() const {
  if (PostgresqlSession(url("postgres")).value("SELECT pg_promote()") != "t") {
    throw std::runtime_error("the standby is not promoted");
  }
}

// The first, and its children: each has a session of its own.
std::vector<pid_t> PostgresqlServer::processes() const {
  std::vector<pid_t> all{pid_};
  const std::string own = std::to_string(pid_);
  std::ifstream children("/proc/" + own + "/task/" + own + "/children");
  for (pid_t child = 0; children >> child;) all.push_back(child);
  return all;
}

// Of all of them: one that is left keeps the next server from starting.
void PostgresqlServer::wait_for_end(const std::vector<pid_t>& all) {
  for (const pid_t pid : all) {
    const int process = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
    if (process < 0) continue;  // gone
    pollfd ended{process, POLLIN, 0};
    int count = 0;
    do {
      count = ::poll(&ended, 1, kPatienceMs);
    } while (count < 0 && errno == EINTR);
    ::close(process);
    if (count <= 0) throw std::runtime_error("postgres does not end");
  }
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

std::string PostgresqlServer::make_database() {
  const std::string name = "test_" + std::to_string(++databases_);
  PostgresqlSession(url("postgres")).run("CREATE DATABASE " + name);
  return name;
}

std::string PostgresqlServer::url(std::string_view database, std::string_view user) const {
  return "postgresql:///" + std::string(database) + "?host=" + directory_.path().string() +
         "&port=" + std::to_string(port_) + "&user=" + std::string(user);
}

PostgresqlSession::PostgresqlSession(const std::string& url) : handle_(PQconnectdb(url.c_str())) {
  if (PQstatus(handle_) == CONNECTION_OK) return;
  const std::string message = PQerrorMessage(handle_);
  PQfinish(handle_);
  throw std::runtime_error(message);
}

PostgresqlSession::~PostgresqlSession() {
  PQfinish(handle_);
}

std::vector<PostgresqlSession::Row> PostgresqlSession::run(const std::string& statements) {
  const std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQexec(handle_, statements.c_str()),
                                                              PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY) {
    const char* const code = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
    throw std::runtime_error((code == nullptr ? std::string() : code + std::string(" ")) +
                             PQresultErrorMessage(result.get()));
  }
  std::vector<Row> rows;
  for (int row = 0; row < PQntuples(result.get()); ++row) {
    Row& values = rows.emplace_back();
    for (int column = 0; column < PQnfields(result.get()); ++column) {
      values.emplace_back(PQgetvalue(result.get(), row, column));
    }
  }
  return rows;
}

}  // namespace support
