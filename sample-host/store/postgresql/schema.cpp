// SPDX-License-Identifier: Apache-2.0
#include "store/postgresql/schema.hpp"

#include <string>

#include "store/postgresql/store.hpp"

namespace sample::postgresql {
namespace {

constexpr int kMonthsAhead = 3;

// EUI-64s and counters are the signed integer of the same 64 bits. Days are text as in a fact's
// key. Whoever looks at it with psql can read what stands in quotes here with \d+ and \df+.
const char* const kSchema = R"sql(
CREATE SCHEMA duis;

CREATE TABLE duis.meta(
  one         bool PRIMARY KEY DEFAULT true CHECK (one),
  application text NOT NULL,
  version     int NOT NULL);
INSERT INTO duis.meta(application, version) VALUES('dcc-sample-host', 1);

CREATE TABLE duis.identity(
  one   bool PRIMARY KEY DEFAULT true CHECK (one),
  id    bytea NOT NULL CHECK (octet_length(id) = 16),
  epoch int8 NOT NULL);
INSERT INTO duis.identity(id, epoch) VALUES(
  substring(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())) FOR 16), 1);

-- The inventory. The revision of relations is that of users, orders and appointments; a device's is
-- another with every change, and no device ever had it before.
CREATE TABLE duis.users(
  user_id int8 PRIMARY KEY,
  role    text NOT NULL,
  status  text NOT NULL,
  name    text NOT NULL);
CREATE SEQUENCE duis.device_revisions;
CREATE TABLE duis.devices(
  device_id int8 PRIMARY KEY,
  revision  int8 NOT NULL DEFAULT nextval('duis.device_revisions'),
  type      text NOT NULL,
  status    text NOT NULL) WITH (fillfactor = 90);
CREATE TABLE duis.orders(
  device_id   int8 PRIMARY KEY,
  supplier_id int8 NOT NULL);
CREATE TABLE duis.appointments(
  agent_id    int8 NOT NULL,
  supplier_id int8 NOT NULL,
  valid_from  text COLLATE "C" NOT NULL CHECK (valid_from ~ '^\d{4}-\d\d-\d\d$'),
  valid_until text COLLATE "C" CHECK (valid_until ~ '^\d{4}-\d\d-\d\d$'),
  PRIMARY KEY (agent_id, supplier_id, valid_from));
CREATE TABLE duis.revisions(
  name  text PRIMARY KEY,
  value int8 NOT NULL) WITH (fillfactor = 20);
INSERT INTO duis.revisions VALUES('relations', 1);

-- The gate: whoever writes the inventory holds it alone until the commit, hosts that commit hold it
-- together. (1,0) users; (1,1) orders, appointments and their revision; (1,2) devices. Always in
-- this order.
CREATE FUNCTION duis.close_gate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(1, TG_ARGV[0]::int);
  RETURN NULL;
END $$;
CREATE TRIGGER gate BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON duis.users
  FOR EACH STATEMENT EXECUTE FUNCTION duis.close_gate(0);
CREATE TRIGGER gate BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON duis.orders
  FOR EACH STATEMENT EXECUTE FUNCTION duis.close_gate(1);
CREATE TRIGGER gate BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON duis.appointments
  FOR EACH STATEMENT EXECUTE FUNCTION duis.close_gate(1);
CREATE TRIGGER gate BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON duis.revisions
  FOR EACH STATEMENT EXECUTE FUNCTION duis.close_gate(1);
CREATE TRIGGER gate BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON duis.devices
  FOR EACH STATEMENT EXECUTE FUNCTION duis.close_gate(2);

-- Every change raises a revision, whoever makes it. A User's name is no change.
CREATE FUNCTION duis.raise_relations() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  is_changed bool := true;
BEGIN
  IF TG_OP = 'INSERT' THEN
    is_changed := EXISTS(SELECT FROM new_rows);
  ELSIF TG_OP = 'DELETE' THEN
    is_changed := EXISTS(SELECT FROM old_rows);
  ELSIF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'users' THEN
    is_changed := EXISTS(SELECT user_id, role, status FROM old_rows
                         EXCEPT SELECT user_id, role, status FROM new_rows);
  ELSIF TG_OP = 'UPDATE' THEN
    is_changed := EXISTS(SELECT * FROM old_rows EXCEPT SELECT * FROM new_rows);
  END IF;
  IF is_changed THEN
    UPDATE duis.revisions SET value = value + 1 WHERE name = 'relations';
  END IF;
  RETURN NULL;
END $$;
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['users', 'orders', 'appointments'] LOOP
    EXECUTE format('CREATE TRIGGER raise_inserted AFTER INSERT ON duis.%I REFERENCING NEW TABLE AS'
      ' new_rows FOR EACH STATEMENT EXECUTE FUNCTION duis.raise_relations()', name);
    EXECUTE format('CREATE TRIGGER raise_updated AFTER UPDATE ON duis.%I REFERENCING OLD TABLE AS'
      ' old_rows NEW TABLE AS new_rows FOR EACH STATEMENT'
      ' EXECUTE FUNCTION duis.raise_relations()', name);
    EXECUTE format('CREATE TRIGGER raise_deleted AFTER DELETE ON duis.%I REFERENCING OLD TABLE AS'
      ' old_rows FOR EACH STATEMENT EXECUTE FUNCTION duis.raise_relations()', name);
    EXECUTE format('CREATE TRIGGER raise_truncated AFTER TRUNCATE ON duis.%I'
      ' FOR EACH STATEMENT EXECUTE FUNCTION duis.raise_relations()', name);
  END LOOP;
END $$;
CREATE FUNCTION duis.raise_device() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.revision := nextval('duis.device_revisions');
  RETURN NEW;
END $$;
CREATE TRIGGER raise_updated BEFORE UPDATE ON duis.devices FOR EACH ROW
  WHEN ((OLD.device_id, OLD.type, OLD.status) IS DISTINCT FROM
        (NEW.device_id, NEW.type, NEW.status))
  EXECUTE FUNCTION duis.raise_device();

-- One chain for each connection of a host that commits, a "lane". The row is its lock, too.
CREATE TABLE duis.chains(
  chain     int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  host      text COLLATE "C" NOT NULL,
  lane      int NOT NULL,
  seq       int8 NOT NULL DEFAULT 0,
  hash      bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex'),
  signature bytea NOT NULL DEFAULT '',
  UNIQUE (host, lane)) WITH (fillfactor = 20);

-- Unique over all hosts and months.
CREATE TABLE duis.request_ids(
  originator int8 NOT NULL,
  target     int8 NOT NULL,
  counter    int8 NOT NULL,
  chain      int8 NOT NULL,
  seq        int8 NOT NULL,
  month      date NOT NULL,
  digest     bytea NOT NULL,
  PRIMARY KEY (originator, target, counter));

-- The first accepted return of each hub.
CREATE TABLE duis.returns(
  device_id int8 PRIMARY KEY,
  chain     int8 NOT NULL,
  seq       int8 NOT NULL);

-- The compression stands here because a partition does not take it over later.
CREATE TABLE duis.outcomes(
  chain int8 NOT NULL,
  seq int8 NOT NULL,
  originator int8 NOT NULL,
  target int8 NOT NULL,
  counter int8 NOT NULL,
  device_id int8,
  received_at int8 NOT NULL,
  decided_at int8 NOT NULL,
  month date NOT NULL,
  repeated bool NOT NULL,
  accepted_return bool NOT NULL,
  digest bytea NOT NULL,
  hash bytea NOT NULL,
  srv text NOT NULL,
  role text NOT NULL,
  code text NOT NULL,
  reason text NOT NULL,
  handler text NOT NULL,
  settings_hash text NOT NULL,
  trace text NOT NULL,
  items text COMPRESSION lz4 NOT NULL,
  facts text COMPRESSION lz4 NOT NULL,
  request bytea COMPRESSION lz4 NOT NULL,
  response bytea COMPRESSION lz4 NOT NULL,
  PRIMARY KEY (chain, seq, month)) PARTITION BY RANGE (month);
CREATE INDEX outcomes_returns ON duis.outcomes(chain, seq) WHERE accepted_return;

-- The UTC month of a time in Unix milliseconds, as its first day.
CREATE FUNCTION duis.month_of(at int8) RETURNS date LANGUAGE sql IMMUTABLE AS $$
  SELECT date_trunc('month', timestamp '1970-01-01' + at * interval '1 millisecond')::date
$$;

CREATE FUNCTION duis.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '%.% only grows: no % of it', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE ON duis.outcomes
  FOR EACH ROW EXECUTE FUNCTION duis.refuse();
CREATE TRIGGER is_not_emptied BEFORE TRUNCATE ON duis.outcomes
  FOR EACH STATEMENT EXECUTE FUNCTION duis.refuse();
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE ON duis.request_ids
  FOR EACH ROW EXECUTE FUNCTION duis.refuse();
CREATE TRIGGER is_not_emptied BEFORE TRUNCATE ON duis.request_ids
  FOR EACH STATEMENT EXECUTE FUNCTION duis.refuse();

-- A place for the outcomes of a month, unless there is one. Not with PARTITION OF, which would keep
-- all hosts from committing while somebody reads.
CREATE PROCEDURE duis.add_month(first date) LANGUAGE plpgsql AS $$
DECLARE
  part text := 'outcomes_' || to_char(first, 'YYYY_MM');
  next date := first + interval '1 month';
BEGIN
  IF to_regclass(format('duis.%I', part)) IS NOT NULL THEN RETURN; END IF;
  EXECUTE format('CREATE TABLE duis.%I (LIKE duis.outcomes INCLUDING ALL, CONSTRAINT month'
    ' CHECK (month >= %L AND month < %L)) WITH (toast_tuple_target = 3000)', part, first, next);
  EXECUTE format('CREATE TRIGGER is_not_emptied BEFORE TRUNCATE ON duis.%I'
    ' FOR EACH STATEMENT EXECUTE FUNCTION duis.refuse()', part);
  EXECUTE format('ALTER TABLE duis.outcomes ATTACH PARTITION duis.%I FOR VALUES FROM (%L) TO (%L)',
    part, first, next);
  EXECUTE format('ALTER TABLE duis.%I DROP CONSTRAINT month', part);
END $$;

-- A cluster's databases share roles.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['duis_host', 'duis_import'] LOOP
    IF NOT EXISTS(SELECT FROM pg_roles WHERE rolname = name) THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN', name);
    END IF;
  END LOOP;
  EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO duis_import', current_database());
END $$;
GRANT USAGE ON SCHEMA duis TO duis_host, duis_import;
GRANT SELECT ON ALL TABLES IN SCHEMA duis TO duis_host, duis_import;
GRANT INSERT ON duis.request_ids, duis.outcomes, duis.returns TO duis_host;
GRANT INSERT (host, lane), UPDATE (seq, hash, signature) ON duis.chains TO duis_host;
GRANT INSERT, UPDATE, DELETE ON duis.users, duis.devices, duis.orders, duis.appointments
  TO duis_import;
GRANT USAGE ON SEQUENCE duis.device_revisions TO duis_import;
)sql";

// From version 1 to 2: outcomes can leave for an archive. What may leave is said first, in the same
// transaction, and looked at by the triggers that refuse all else.
const char* const kSchemaSince2 = R"sql(
-- Where a chain begins: behind the last outcome that was archived, of which these are cursor and
-- hash, signed.
CREATE TABLE duis.starts(
  chain     int8 PRIMARY KEY,
  seq       int8 NOT NULL,
  hash      bytea NOT NULL,
  signature bytea NOT NULL) WITH (fillfactor = 20);

-- What archived outcomes leave behind, beside their rows in request_ids, until they are forgotten.
CREATE TABLE duis.remembered(
  chain      int8 NOT NULL,
  seq        int8 NOT NULL,
  originator int8 NOT NULL,
  target     int8 NOT NULL,
  counter    int8 NOT NULL,
  code       text NOT NULL,
  decided_at int8 NOT NULL,
  PRIMARY KEY (chain, seq));

-- The highest counter of each originator's that was forgotten. What is not above it may have been
-- answered.
CREATE TABLE duis.forgotten(
  originator int8 PRIMARY KEY,
  counter    int8 NOT NULL);

-- Counters are unsigned. This is as they are ordered.
CREATE FUNCTION duis.in_order(counter int8) RETURNS int8 LANGUAGE sql IMMUTABLE AS $$
  SELECT counter # (-9223372036854775807 - 1)
$$;

CREATE OR REPLACE FUNCTION duis.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'request_ids' THEN
    IF EXISTS(SELECT FROM duis.forgotten f WHERE f.originator = OLD.originator
              AND duis.in_order(f.counter) >= duis.in_order(OLD.counter)) THEN
      RETURN OLD;
    END IF;
  ELSIF TG_OP = 'DELETE' THEN
    IF EXISTS(SELECT FROM duis.starts s WHERE s.chain = OLD.chain AND s.seq >= OLD.seq) THEN
      RETURN OLD;
    END IF;
  END IF;
  RAISE EXCEPTION '%.% only grows: no % of it', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'insufficient_privilege';
END $$;

GRANT SELECT ON duis.starts, duis.remembered, duis.forgotten TO duis_host, duis_import;
UPDATE duis.meta SET version = 2;
)sql";

// Of the tables and triggers of a schema of that version, those that are not there, or switched
// off.
const Statement kMissing{"missing", R"sql(
SELECT wanted FROM unnest(ARRAY[
  'table meta', 'table identity', 'table users', 'table devices', 'table orders',
  'table appointments', 'table revisions', 'table chains', 'table request_ids', 'table returns',
  'table outcomes', 'table starts', 'table remembered', 'table forgotten', 'trigger gate of users', 'trigger gate of orders',
  'trigger gate of appointments', 'trigger gate of revisions', 'trigger gate of devices',
  'trigger raise_inserted of users', 'trigger raise_updated of users',
  'trigger raise_deleted of users', 'trigger raise_truncated of users',
  'trigger raise_inserted of orders', 'trigger raise_updated of orders',
  'trigger raise_deleted of orders', 'trigger raise_truncated of orders',
  'trigger raise_inserted of appointments', 'trigger raise_updated of appointments',
  'trigger raise_deleted of appointments', 'trigger raise_truncated of appointments',
  'trigger raise_updated of devices', 'trigger only_grows of outcomes',
  'trigger is_not_emptied of outcomes', 'trigger only_grows of request_ids',
  'trigger is_not_emptied of request_ids']) AS wanted
EXCEPT
SELECT 'table ' || unnest(ARRAY['starts', 'remembered', 'forgotten']) WHERE $1::int8 < 2
EXCEPT
SELECT 'table ' || relname FROM pg_class
  WHERE relnamespace = to_regnamespace('duis') AND relkind IN ('r', 'p')
EXCEPT
SELECT format('trigger %s of %s', tgname, relname)
  FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
  WHERE relnamespace = to_regnamespace('duis') AND tgenabled IN ('O', 'A')
ORDER BY 1)sql"};
const Statement kIsThere{"is_there",
                         "SELECT to_regnamespace('duis') IS NOT NULL,"
                         " EXISTS(SELECT FROM pg_class WHERE relname = 'meta'"
                         " AND relnamespace = to_regnamespace('duis'))"};
const Statement kVersionOf{"version_of", "SELECT application, version FROM duis.meta"};
// From the first on, those of so many that have no place for their outcomes.
const Statement kMissingMonths{"missing_months", R"sql(
SELECT to_char(month, 'YYYY-MM'), month = date_trunc('month', now() AT TIME ZONE 'UTC')
FROM generate_series(0, $1::int8) AS n,
  LATERAL (SELECT date_trunc('month', now() AT TIME ZONE 'UTC') + n * interval '1 month' AS month) m
WHERE NOT EXISTS(SELECT FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
  WHERE inhparent = to_regclass('duis.outcomes') AND NOT inhdetachpending
    AND relname = 'outcomes_' || to_char(month, 'YYYY_MM'))
ORDER BY n)sql"};
const Statement kAddMonths{"add_months", R"sql(
SELECT to_char(date_trunc('month', now() AT TIME ZONE 'UTC') + n * interval '1 month', 'YYYY-MM-DD')
FROM generate_series(0, $1::int8) AS n ORDER BY n)sql"};
const Statement kSettings{"settings",
                          "SELECT name FROM pg_settings WHERE name IN ('fsync', 'full_page_writes')"
                          " AND setting <> 'on' UNION ALL SELECT 'UTF8' WHERE"
                          " pg_encoding_to_char((SELECT encoding FROM pg_database"
                          " WHERE datname = current_database())) <> 'UTF8'"};
const Statement kRights{"rights", R"sql(
SELECT current_user,
  has_table_privilege('duis.outcomes', 'INSERT') AND has_table_privilege('duis.outcomes', 'SELECT')
  AND has_table_privilege('duis.request_ids', 'INSERT')
  AND has_table_privilege('duis.returns', 'INSERT')
  AND has_table_privilege('duis.devices', 'SELECT')
  AND has_any_column_privilege('duis.chains', 'INSERT')
  AND has_any_column_privilege('duis.chains', 'UPDATE'))sql"};

[[noreturn]] void refuse(const Connection& connection, const std::string& why) {
  throw StoreError(connection.target().text() + ": " + why);
}

bool is_there(Connection& connection, Deadline deadline) {
  const Rows rows = connection.run(kIsThere, {}, deadline);
  if (!rows.boolean(0, 0)) return false;
  if (!rows.boolean(0, 1)) {
    refuse(connection,
           "its schema duis is another application's, or half made: it has no table meta; use"
           " another database, or remove the schema if nobody needs it");
  }
  return true;
}

// The table may be anybody's, and be of other columns.
Rows read_version(Connection& connection, Deadline deadline) {
  try {
    return connection.run(kVersionOf, {}, deadline);
  } catch (const Refused& refused) {
    if (refused.code == kInsufficientPrivilege) {
      refuse(connection,
             "its user may not read schema duis: GRANT duis_host, or duis_import, to it");
    }
    refuse(connection, "its schema duis is another application's; use another database");
  }
}

std::int64_t version_of(Connection& connection, Deadline deadline) {
  const Rows rows = read_version(connection, deadline);
  if (rows.size() != 1 || rows.text(0, 0) != "dcc-sample-host") {
    refuse(connection, "its schema duis is another application's; use another database");
  }
  return rows.integer(0, 1);
}

void require_version(Connection& connection, Deadline deadline) {
  const std::int64_t version = version_of(connection, deadline);
  if (version == kPostgresqlVersion) return;
  refuse(connection, "its schema duis has version " + std::to_string(version) +
                         ", this program needs " + std::to_string(kPostgresqlVersion) +
                         (version == 1 ? ": dcc-sample-host init-store brings it there"
                                       : ": use the program that made it, or another database"));
}

std::string in_transaction(const std::string& statements) {
  return "BEGIN;" + statements + "COMMIT;";
}

void require_whole(Connection& connection, std::int64_t version, Deadline deadline) {
  const Rows missing = connection.run(kMissing, Parameters(version), deadline);
  if (missing.size() == 0) return;
  std::string all;
  for (int row = 0; row < missing.size(); ++row) {
    all.append(all.empty() ? "" : ", ").append(missing.text(row, 0));
  }
  refuse(connection, "its schema duis is not whole, or a trigger of it is switched off: " + all +
                         "; put it back from a backup");
}

void require_durable(Connection& connection, Deadline deadline) {
  const Rows settings = connection.run(kSettings, {}, deadline);
  if (settings.size() == 0) return;
  const std::string first(settings.text(0, 0));
  if (first == "UTF8") refuse(connection, "its encoding is not UTF8: use a database whose is");
  refuse(connection,
         "the server's " + first + " is off: what it acknowledges can be lost; set it to on");
}

}  // namespace

void init_schema(Connection& connection, Deadline deadline) {
  require_durable(connection, deadline);
  if (!is_there(connection, deadline)) {
    connection.execute(in_transaction(std::string(kSchema) + kSchemaSince2), deadline);
  } else if (version_of(connection, deadline) == 1) {
    require_whole(connection, 1, deadline);
    connection.execute(in_transaction(kSchemaSince2), deadline);
  }
  require_version(connection, deadline);
  require_whole(connection, kPostgresqlVersion, deadline);
  const Rows months = connection.run(kAddMonths, Parameters(std::int64_t{kMonthsAhead}), deadline);
  for (int row = 0; row < months.size(); ++row) {
    connection.execute("CALL duis.add_month('" + std::string(months.text(row, 0)) + "')", deadline);
  }
  require_schema(connection, kMonthsAhead, deadline);
}

void require_schema(Connection& connection, int months_ahead, Deadline deadline) {
  if (!is_there(connection, deadline)) {
    refuse(connection, "has no schema duis: dcc-sample-host init-store makes it");
  }
  require_version(connection, deadline);
  require_whole(connection, kPostgresqlVersion, deadline);
  require_durable(connection, deadline);
  const Rows months =
      connection.run(kMissingMonths, Parameters(std::int64_t{months_ahead}), deadline);
  if (months.size() == 0) return;
  refuse(connection, "has no place for the outcomes of " + std::string(months.text(0, 0)) +
                         ": dcc-sample-host init-store adds the months that are missing");
}

void require_rights(Connection& connection, Deadline deadline) {
  const Rows rights = connection.run(kRights, {}, deadline);
  if (rights.boolean(0, 1)) return;
  refuse(connection, "user " + std::string(rights.text(0, 0)) +
                         " may not do what a host does: GRANT duis_host to it");
}

}  // namespace sample::postgresql
