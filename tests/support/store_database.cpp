// SPDX-License-Identifier: Apache-2.0
#include "support/store_database.hpp"

#include <stdexcept>

namespace support {
namespace {

// A server's databases share its users.
std::string make_user(const std::string& name, const std::string& role) {
  return "DO $$ BEGIN IF NOT EXISTS(SELECT FROM pg_roles WHERE rolname = '" + name +
         "') THEN CREATE ROLE " + name + " LOGIN PASSWORD '" +
         std::string(StoreDatabase::kPassword) + "' IN ROLE " + role + "; END IF; END $$;";
}

std::string joined(const std::vector<const PostgresqlServer*>& servers,
                   std::string (*part)(const PostgresqlServer&)) {
  std::string all;
  for (const auto* server : servers) all.append(all.empty() ? "" : ",").append(part(*server));
  return all;
}

std::string url(const std::vector<const PostgresqlServer*>& servers, const std::string& database,
                const std::string& user, const std::string& application) {
  return "postgresql:///" + database + "?host=" +
         joined(servers, [](const auto& server) { return server.socket_directory().string(); }) +
         "&port=" +
         joined(servers, [](const auto& server) { return std::to_string(server.port()); }) +
         "&user=" + user + "&application_name=" + application +
         "&password=" + std::string(StoreDatabase::kPassword);
}

}  // namespace

StoreDatabase::StoreDatabase(PostgresqlServer& server, const std::string& settings)
    : server_(&server), name_(server.make_database()) {
  if (!settings.empty()) session().run(edited(settings, "@", name_));
  const Finished made = support::run(sample_host_program(), {"init-store", server.url(name_)});
  if (made.exit_code != 0) throw std::runtime_error("init-store: " + made.err);
  session().run(make_user("a_host", "duis_host") + make_user("an_importer", "duis_import"));
}

HostFixture::Options StoreDatabase::options(
    const std::string& host, unsigned connections,
    const std::vector<const PostgresqlServer*>& servers) const {
  const auto all = servers.empty() ? std::vector<const PostgresqlServer*>{server_} : servers;
  HostFixture::Options options;
  options.database = {url(all, name_, "a_host", host), url(all, name_, "an_importer", host), host,
                      connections};
  return options;
}

std::string StoreDatabase::integrity() const {
  const auto wrong = session().run(R"(
WITH begin AS (SELECT chain, coalesce(s.seq, 0) AS start
                FROM duis.chains LEFT JOIN duis.starts s USING (chain))
SELECT format('chain %s.%s begins at %s, has %s outcomes up to %s and ends at %s', host, lane, b.start,
              count(o.seq), max(o.seq), c.seq)
  FROM duis.chains c JOIN begin b USING (chain) LEFT JOIN duis.outcomes o USING (chain)
  GROUP BY c.chain, b.start
  HAVING count(o.seq) <> c.seq - b.start OR coalesce(max(o.seq), b.start) <> c.seq
      OR min(o.seq) <= b.start
UNION ALL
SELECT format('chain %s.%s does not end with the hash of its last outcome', host, lane)
  FROM duis.chains c JOIN duis.outcomes o USING (chain, seq) WHERE c.hash <> o.hash
UNION ALL
SELECT format('a RequestID without its outcome, or the reverse: chain %s, %s', chain, seq)
  FROM duis.request_ids r FULL JOIN duis.outcomes o
    USING (chain, seq, originator, target, counter, month, digest)
  WHERE (r IS NULL OR o IS NULL) AND NOT EXISTS(SELECT FROM duis.remembered m
    WHERE (m.chain, m.seq, m.originator, m.target, m.counter)
        = (r.chain, r.seq, r.originator, r.target, r.counter))
UNION ALL
SELECT format('remembered without a RequestID, or of an outcome that is there: chain %s, %s', chain,
              m.seq)
  FROM duis.remembered m JOIN begin b USING (chain)
  WHERE m.seq > b.start OR NOT EXISTS(SELECT FROM duis.request_ids r
    WHERE (m.chain, m.seq, m.originator, m.target, m.counter)
        = (r.chain, r.seq, r.originator, r.target, r.counter))
UNION ALL
SELECT format('hub %s has %s first returns', device_id, count(*) FILTER (WHERE NOT repeated))
  FROM duis.outcomes o WHERE accepted_return GROUP BY device_id
  HAVING count(*) FILTER (WHERE NOT repeated) <> (SELECT count(*) FROM duis.returns r
    JOIN begin b USING (chain) WHERE r.device_id = o.device_id AND r.seq > b.start)
    OR NOT EXISTS(SELECT FROM duis.returns r WHERE r.device_id = o.device_id)
UNION ALL
SELECT format('the first return of hub %s is another', device_id)
  FROM duis.returns r JOIN begin b USING (chain)
    LEFT JOIN duis.outcomes o USING (device_id, chain, seq)
  WHERE r.seq > b.start AND (o.accepted_return IS DISTINCT FROM true OR o.repeated))");
  std::string all;
  for (const auto& row : wrong) all.append(all.empty() ? "" : "; ").append(row.at(0));
  return all.empty() ? "ok" : all;
}

std::filesystem::path owner_configuration(const HostFixture& host) {
  const auto file = host.directory() / "owner.ini";
  write_file(file, edited(read_file(host.configuration()), "&user=a_host&", "&user=postgres&"));
  return file;
}

}  // namespace support
