-- SPDX-License-Identifier: Apache-2.0
-- A store of version 6; see regenerate.
PRAGMA journal_mode=WAL;
BEGIN;
PRAGMA application_id=1145258834;
PRAGMA user_version=6;
CREATE TABLE users(user_id INTEGER PRIMARY KEY, role TEXT NOT NULL, status TEXT NOT NULL,
  name TEXT NOT NULL) STRICT;
CREATE TABLE devices(device_id INTEGER PRIMARY KEY, type TEXT NOT NULL, status TEXT NOT NULL,
  revision INTEGER NOT NULL) STRICT;
CREATE TABLE orders(device_id INTEGER PRIMARY KEY, supplier_id INTEGER NOT NULL) STRICT;
CREATE TABLE appointments(agent_id INTEGER NOT NULL, supplier_id INTEGER NOT NULL,
  valid_from TEXT NOT NULL, valid_until TEXT,
  PRIMARY KEY(agent_id, supplier_id, valid_from)) STRICT, WITHOUT ROWID;
CREATE TABLE meta(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES('relations_revision', 7);
CREATE TABLE outcomes(
  cursor INTEGER PRIMARY KEY, originator INTEGER NOT NULL, target INTEGER NOT NULL,
  counter INTEGER NOT NULL, digest BLOB NOT NULL, srv TEXT NOT NULL, role TEXT NOT NULL,
  device_id INTEGER, code TEXT NOT NULL, reason TEXT NOT NULL, accepted_return INTEGER NOT NULL,
  repeated INTEGER NOT NULL, received_at INTEGER NOT NULL, decided_at INTEGER NOT NULL,
  handler TEXT NOT NULL, settings_hash TEXT NOT NULL, items TEXT NOT NULL, facts TEXT NOT NULL,
  request BLOB NOT NULL, response BLOB NOT NULL, hash BLOB NOT NULL,
  UNIQUE(originator, target, counter)) STRICT;
CREATE TABLE audit_head(one INTEGER PRIMARY KEY CHECK(one = 1), cursor INTEGER NOT NULL,
  hash BLOB NOT NULL, signature BLOB NOT NULL) STRICT;
CREATE INDEX accepted_returns ON outcomes(cursor) WHERE accepted_return = 1;
CREATE INDEX accepted_returns_by_device ON outcomes(device_id) WHERE accepted_return = 1;
CREATE TABLE identity(
  one   INTEGER PRIMARY KEY CHECK(one = 1),
  id    BLOB NOT NULL,
  epoch INTEGER NOT NULL
) STRICT;
INSERT INTO identity VALUES(1, x'00112233445566778899aabbccddeeff', 1);
CREATE TABLE restores(
  epoch       INTEGER PRIMARY KEY,
  last_commit INTEGER NOT NULL,
  restored_at INTEGER NOT NULL
) STRICT;
CREATE TABLE audit_start(
  one       INTEGER PRIMARY KEY CHECK(one = 1),
  cursor    INTEGER NOT NULL,
  hash      BLOB NOT NULL,
  signature BLOB NOT NULL
) STRICT;
CREATE TABLE remembered(
  cursor     INTEGER PRIMARY KEY,
  originator INTEGER NOT NULL,
  target     INTEGER NOT NULL,
  counter    INTEGER NOT NULL,
  digest     BLOB NOT NULL,
  code       TEXT NOT NULL,
  decided_at INTEGER NOT NULL,
  UNIQUE(originator, target, counter)
) STRICT;
CREATE TABLE forgotten(
  originator INTEGER PRIMARY KEY,
  counter    INTEGER NOT NULL
) STRICT;
CREATE TABLE returned(
  device_id INTEGER PRIMARY KEY
) STRICT;
ALTER TABLE outcomes ADD COLUMN trace TEXT NOT NULL DEFAULT '';
ALTER TABLE outcomes ADD COLUMN packed BLOB;
INSERT INTO users VALUES(-8019832181490647039, 'SNA', 'Active', 'Agent');
INSERT INTO users VALUES(-8019832181490647038, 'EIS', 'Active', 'Supplier');
INSERT INTO devices VALUES(61663035897937921, 'CHF', 'Pending', 4);
INSERT INTO orders VALUES(61663035897937921, -8019832181490647038);
INSERT INTO appointments VALUES(-8019832181490647039, -8019832181490647038, '2025-01-01', NULL);
INSERT INTO outcomes(cursor, originator, target, counter, digest, srv, role, device_id, code, reason, accepted_return, repeated, received_at, decided_at, handler, settings_hash, items, facts, request, response, trace, hash)
 VALUES(1, -8019832181490647039, -8019832181490712574, 1, x'ad1b9de910513527b407147d7a05569066c1a50cceaba3e118df6b13f49e749c', '8.14.3', 'SNA', 61663035897937921, 'I99', 'it''s so', 1, 0, 1747742401000, 1747742401002, 'ch-returns 1.0.0 abcdef', '0123', '[["DeviceID","00-DB-12-34-56-78-00-01"],["AdditionalInformation","£"]]', '[{"kind":"dcc.device","key":"00-DB-12-34-56-78-00-01","values":{"type":"CHF","status":"Pending"},"revision":4,"used":true}]', x'3c726571756573743e31003c2f726571756573743e', x'3c726573706f6e73653e313c2f726573706f6e73653e', '', x'e643c4ff50409b7fedbebe03a5fda2ec422732306f602dd2bd7e0a83d24f7485');
INSERT INTO outcomes(cursor, originator, target, counter, digest, srv, role, device_id, code, reason, accepted_return, repeated, received_at, decided_at, handler, settings_hash, items, facts, request, response, trace, hash)
 VALUES(2, -8019832181490647039, -8019832181490712574, 2, x'ff14e14c208d414590558c2e333a73da13828df7df2988dacc7f817e6aa5f995', '8.14.3', 'SNA', -10394558139990014, 'E5', 'it''s so', 0, 0, 1747742402000, 1747742402002, 'ch-returns 1.0.0 abcdef', '0123', '[]', '[{"kind":"dcc.device","key":"FF-DB-12-34-56-78-00-02","values":{"type":"CHF","status":"Pending"},"revision":4,"used":true}]', x'3c726571756573743e32003c2f726571756573743e', x'3c726573706f6e73653e323c2f726573706f6e73653e', '', x'a3612a0701eee5de508cf8e7d7dfc3102cf3fcdea3cf07ecdf8c42db70dc9042');
INSERT INTO outcomes(cursor, originator, target, counter, digest, srv, role, device_id, code, reason, accepted_return, repeated, received_at, decided_at, handler, settings_hash, items, facts, request, response, trace, hash, packed)
 VALUES(3, -8019832181490647039, -8019832181490712574, 3, x'6602268483bd7c7f95dcd1d1a3467612ff1724c621560c5f01d1785917886599', '8.14.3', 'SNA', 61663035897937921, 'I99', 'it''s so', 1, 1, 1747742403000, 1747742403002, 'ch-returns 1.0.0 abcdef', '0123', '', '', x'', x'', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', x'1464031cec356a16e10a631b53388114080c1b5c1db23081acedc767b7975b14', x'28b52ffd26c1dcf9b5020053030c8f13e4d6091e27c8c8314ed0029d053c7451822eaeadd656df2bdf55e78a6fddba6a6d043232326290919101c9c8c8080cfc6f8a776d02fe777e80965942a02143e61ff27ce0e9c84af54bfd500edf540e690927beb429');
INSERT INTO outcomes(cursor, originator, target, counter, digest, srv, role, device_id, code, reason, accepted_return, repeated, received_at, decided_at, handler, settings_hash, items, facts, request, response, trace, hash, packed)
 VALUES(4, -8019832181490647039, -8019832181490712574, -9223372036854775804, x'a08516508f1cb923233e2625d2defe7bcc8af840afadc9973e14be228d8d85db', '8.14.3', '', NULL, 'E1', 'it''s so', 0, 0, 1747742404000, 1747742404002, 'ch-returns 1.0.0 abcdef', '0123', '', '', x'', x'', '', x'18fa4fe50c1caec6e9786bbe4adfb6d5951a6b7b2fbc8abfb6ba932a5df07a4d', x'28b52ffd26c1dc5fc501001382078f13b44ef0384106be7ef7aeb7e7d9e29e33c63fc6095ab08216ac20040107fce1a02c12ffc1e29d83604d880f65f7c03dc31e5a01531b392d');
INSERT INTO outcomes(cursor, originator, target, counter, digest, srv, role, device_id, code, reason, accepted_return, repeated, received_at, decided_at, handler, settings_hash, items, facts, request, response, trace, hash, packed)
 VALUES(5, -8019832181490647039, -8019832181490712574, 5, x'dd56ba6cbd56451c7a7346def88b8fa8b9de2e4c4bcf5e5f6b07dfcfd03ee501', '8.14.3', 'SNA', -10394558139990014, 'I99', 'it''s so', 1, 0, 1747742405000, 1747742405002, 'ch-returns 1.0.0 abcdef', '0123', '', '', x'', x'', '', x'fe6a1b2727914674282685b6b84e9ec97cb5b5342df1a18f9f41fa184919e933', x'28b52ffd26c1dcf9b5020053030c8f13ecd6091e27c8d8314ed0029d053c7451822eb0add656df2bdf55e78a6fddbafa7d11c8c8c88841464606242323230cfc6f8a776d02fe777e80965942a065e8fdc3880f3c055ba996ab1fcae19bca212d01c97e58c6');
INSERT INTO audit_head VALUES(1, 5, x'fe6a1b2727914674282685b6b84e9ec97cb5b5342df1a18f9f41fa184919e933', x'');
COMMIT;
