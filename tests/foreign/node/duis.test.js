// SPDX-License-Identifier: Apache-2.0
//
// DUIS messages from Node.js: from a request's octets to a response's, and what is refused.
'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { DccError, Duis } = require('dcc-host');
const { ways, world } = require('./world');

const hub = '00-DB-12-34-56-78-90-01';
const octetsOf = (name) => fs.readFileSync(path.join(world, name));
const options = JSON.parse(octetsOf('duis.json'));
const now = Date.now();

const isInvalid = (words) => (error) =>
  error instanceof DccError && error.status === DccError.INVALID && words.test(error.message);

test('what is read is decided, and what is decided is written', async (t) => {
  const duis = new Duis(options);
  t.after(() => duis.close());
  const said = duis.read(octetsOf('request.xml'), now, now + 2000);
  assert.equal(said.kind, 'request');
  assert.equal(said.device_id, hub);
  const plugins = await ways['in the process']();
  const answer = await plugins.decide({
    ...said.request,
    endpoint: 'serviceD',
    user: { role: 'SNA', status: 'Active', revision: 2 },
    devices: { [hub]: { type: 'CHF', status: 'Commissioned', revision: 7 } },
  });
  await plugins.close();
  assert.equal(answer.code, 'E5');
  const response = duis.write(said.response, answer.code, now);
  const again = duis.read(response, now, now);
  assert.equal(again.kind, 'response');
  assert.equal(again.code, 'E5');
  assert.deepEqual(again.response, said.response);
  assert.equal(again.signer.eui, duis.loaded.signer.eui);
});

test('what a client did wrong is an answer, what we do wrong an error', () => {
  const duis = new Duis(options);
  assert.equal(duis.read(octetsOf('altered.xml'), now, now).kind, 'signature');
  assert.equal(duis.read('no XML', now, now).kind, 'not_valid');
  const { response } = duis.read(octetsOf('request.xml'), now, now);
  assert.throws(() => duis.read('', -1, 0), isInvalid(/^received_at: -1: /));
  assert.throws(() => duis.write(response, 'perhaps', now), isInvalid(/not be a valid response/));
  assert.throws(() => new Duis({ ...options, control_broker: 7 }), isInvalid(/^control_broker: 7: /));
  assert.throws(() => new Duis({ ...options, certificates: '/nowhere' }), isInvalid(/nowhere/));
  duis.close();
  assert.throws(() => duis.read('', now, now), isInvalid(/the handle was freed/));
});

test('the library has the OpenSSL that it was built with, and not the one in Node.js', () => {
  const { stdout, stderr } = spawnSync(process.execPath,
    ['-e', 'new (require("dcc-host").Duis)(JSON.parse(process.argv[1])); console.log("loaded")',
      JSON.stringify(options)],
    { env: { ...process.env, LD_DEBUG: 'bindings' }, maxBuffer: 1 << 30, encoding: 'utf8' });
  assert.equal(stdout, 'loaded\n');
  const bound = stderr.match(/libdcc-duis-c\S* \[0\] to .*normal symbol `(EVP|X509)_.*/g);
  assert.ok(bound.length > 20);
  for (const line of bound) assert.match(line, /to \S*libcrypto\.so\.3 /);
});

test('an answer takes as much room as it needs', (t) => {
  const duis = new Duis(options);
  t.after(() => duis.close());
  const broken = Array.from({ length: 100 }, (_, i) =>
    path.join(options.certificates, `${'x'.repeat(200)}${i}.pem`));
  for (const file of broken) fs.writeFileSync(file, '', { mode: 0o644 });
  assert.equal(duis.reload().problems.length, broken.length);
  for (const file of broken) fs.rmSync(file);
});
