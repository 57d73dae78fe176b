// SPDX-License-Identifier: Apache-2.0
#include "store/postgresql/connection.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "host/one_line.hpp"

namespace sample::postgresql {
namespace {

// libpq's messages have several, with tabs, and an end.
std::string one_line(std::string_view text) {
  return dcc::host::one_line(text.substr(0, text.find_last_not_of(" \n") + 1), std::string::npos);
}

std::string field(const PGresult* result, int which) {
  const char* const text = PQresultErrorField(result, which);
  return text == nullptr ? std::string() : text;
}

// Before the url, which has the last word, and behind it.
PGconn* connect(const Target& target) {
  constexpr std::array kNames{"target_session_attrs",      "connect_timeout",
                              "tcp_user_timeout",          "keepalives_idle",
                              "keepalives_interval",       "keepalives_count",
                              "fallback_application_name", "dbname",
                              "client_encoding",           static_cast<const char*>(nullptr)};
  const std::array kValues{"read-write",
                           "2",
                           "2000",
                           "2",
                           "1",
                           "3",
                           "dcc-sample-host",
                           target.url().c_str(),
                           "UTF8",
                           static_cast<const char*>(nullptr)};
  return PQconnectdbParams(kNames.data(), kValues.data(), 1);
}

}  // namespace

std::string_view Rows::text(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column),
          static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

std::size_t Rows::affected() const {
  const std::string_view text = PQcmdTuples(result_.get());
  std::size_t count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  return count;
}

Connection::Connection(const Target& target) : target_(target), handle_(connect(target)) {
  if (PQstatus(handle_.get()) != CONNECTION_OK) {
    lose(PQerrorMessage(handle_.get()));
  }
  PQsetNoticeReceiver(handle_.get(), take_notice, this);
  if (PQsetnonblocking(handle_.get(), 1) != 0 || PQenterPipelineMode(handle_.get()) != 1) {
    lose(PQerrorMessage(handle_.get()));
  }
}

void Connection::take_notice(void* self, const PGresult* notice) {
  if (field(notice, PG_DIAG_SEVERITY_NONLOCALIZED) != "WARNING") return;
  static_cast<Connection*>(self)->warning_ = field(notice, PG_DIAG_MESSAGE_PRIMARY);
}

std::vector<Rows> Connection::run(std::span<const Call> calls, Deadline deadline) {
  warning_.reset();
  const std::vector<Expected> expected = send(calls);
  require(PQpipelineSync(handle_.get()) == 1);
  flush(deadline);
  return receive(expected, deadline);
}

Rows Connection::run(const Statement& statement, const Parameters& parameters, Deadline deadline) {
  const Call call{statement, parameters};
  return std::move(run({&call, 1}, deadline).front());
}

std::vector<Connection::Expected> Connection::send(std::span<const Call> calls) {
  std::vector<Expected> expected;
  for (const Call& one : calls) {
    prepare(one.statement, expected);
    call(one);
    expected.push_back({&one.statement, false});
  }
  return expected;
}

void Connection::prepare(const Statement& statement, std::vector<Expected>& expected) {
  const bool is_under_way = std::ranges::any_of(
      expected, [&](const Expected& one) { return one.statement == &statement; });
  if (is_under_way || prepared_.contains(statement.name)) return;
  require(PQsendPrepare(handle_.get(), statement.name, statement.sql.c_str(), 0, nullptr) == 1);
  expected.push_back({&statement, true});
}

void Connection::call(const Call& call) {
  const auto& parameters = call.parameters.all();
  std::vector<const char*> values;
  std::vector<int> sizes;
  const std::vector<int> formats(parameters.size(), 1);
  for (const auto& parameter : parameters) {
    values.push_back(parameter ? parameter->data() : nullptr);
    sizes.push_back(parameter ? static_cast<int>(parameter->size()) : 0);
  }
  require(PQsendQueryPrepared(handle_.get(), call.statement.name,
                              static_cast<int>(parameters.size()), values.data(), sizes.data(),
                              formats.data(), 1) == 1);
}

std::vector<Rows> Connection::receive(std::span<const Expected> expected, Deadline deadline) {
  std::vector<Rows> all;
  std::optional<Refused> refused;
  for (const Expected& one : expected) {
    Rows::Result result = next_result(deadline);
    if (!result) lose("fewer answers than questions");
    if (!refused) refused = refusal(result.get());
    if (!refused && one.is_preparation) prepared_.insert(one.statement->name);
    if (!one.is_preparation) all.emplace_back(std::move(result));
    if (next_result(deadline)) lose("more answers than questions");
  }
  const Rows::Result sync = next_result(deadline);
  if (PQresultStatus(sync.get()) != PGRES_PIPELINE_SYNC) lose("an answer that is no end");
  if (refused) throw Refused(*refused);
  return all;
}

void Connection::execute(const std::string& statements, Deadline deadline) {
  warning_.reset();
  require(PQexitPipelineMode(handle_.get()) == 1);
  require(PQsendQuery(handle_.get(), statements.c_str()) == 1);
  flush(deadline);
  finish_statements(deadline);
}

void Connection::copy_in(const std::string& statement,
                         const std::function<bool(std::string& block)>& next, Deadline deadline) {
  warning_.reset();
  require(PQexitPipelineMode(handle_.get()) == 1);
  require(PQsendQuery(handle_.get(), statement.c_str()) == 1);
  flush(deadline);
  const Rows::Result begun = next_result(deadline);
  if (const auto refused = refusal(begun.get())) {
    finish_statements(deadline);
    throw Refused(*refused);
  }
  try {
    std::string block;
    for (bool more = true; more; block.clear()) {
      more = next(block);
      require(PQputCopyData(handle_.get(), block.data(), static_cast<int>(block.size())) == 1);
      flush(deadline);
    }
  } catch (...) {
    handle_.reset();
    throw;
  }
  require(PQputCopyEnd(handle_.get(), nullptr) == 1);
  flush(deadline);
  finish_statements(deadline);
}

void Connection::finish_statements(Deadline deadline) {
  std::optional<Refused> refused;
  while (const Rows::Result result = next_result(deadline)) {
    if (!refused) refused = refusal(result.get());
  }
  require(PQenterPipelineMode(handle_.get()) == 1);
  if (refused) throw Refused(*refused);
}

Rows::Result Connection::next_result(Deadline deadline) {
  require(handle_ != nullptr);
  while (PQisBusy(handle_.get()) != 0) {
    wait(POLLIN, deadline);
    require(PQconsumeInput(handle_.get()) == 1);
  }
  return Rows::Result(PQgetResult(handle_.get()));
}

// The server may wait until somebody reads what it answers, before it reads on.
void Connection::flush(Deadline deadline) {
  for (;;) {
    const int left = PQflush(handle_.get());
    require(left >= 0);
    if (left == 0) return;
    wait(POLLIN | POLLOUT, deadline);
    require(PQconsumeInput(handle_.get()) == 1);
  }
}

void Connection::wait(short events, Deadline deadline) {
  using std::chrono::milliseconds;
  pollfd socket{PQsocket(handle_.get()), events, 0};
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    if (left <= milliseconds{0}) lose("the server does not answer in time");
    const auto at_most = std::min<milliseconds>(left, std::chrono::hours(1));
    if (::poll(&socket, 1, static_cast<int>(at_most.count())) > 0) return;
  }
}

void Connection::require(bool done) {
  if (!handle_) throw ConnectionLost(target_.text() + ": the connection is closed");
  if (!done) lose(PQerrorMessage(handle_.get()));
}

void Connection::lose(std::string_view why) {
  const std::string message = target_.text() + ": " + one_line(why);
  handle_.reset();
  throw ConnectionLost(message);
}

std::optional<Refused> Connection::refusal(const PGresult* result) {
  const ExecStatusType status = PQresultStatus(result);
  if (status != PGRES_FATAL_ERROR && status != PGRES_BAD_RESPONSE) return std::nullopt;
  const std::string severity = field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  if (severity != "ERROR") lose(PQresultErrorMessage(result));
  const std::string code = field(result, PG_DIAG_SQLSTATE);
  return Refused(target_.text() + ": " + one_line(field(result, PG_DIAG_MESSAGE_PRIMARY)) +
                     " (SQLSTATE " + code + ")",
                 code, field(result, PG_DIAG_TABLE_NAME));
}

}  // namespace sample::postgresql
