// SPDX-License-Identifier: Apache-2.0
//
// The process apart, when a plugin in it crashes or hangs.
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { good, options, tariff, ways, world } = require('./world');

const SHORT_MS = 500; // past the deadline: every deadline here is long past
const [ONE, TWO, THREE] = [0x90B3D51F30010001n, 0x90B3D51F30010002n, 0x90B3D51F30010003n];
const outcomes = async (plugins, messages) =>
  (await Promise.all(messages.map((message) => plugins.decide(message)))).map((a) => a.outcome);
const goodOnes = (count) => Array.from({ length: count }, (_, i) => good(i + 1));

async function child(plugins) {
  await plugins.state(); // so it is there again
  const pids = fs.readdirSync('/proc/self/task').flatMap((thread) =>
    fs.readFileSync(`/proc/self/task/${thread}/children`, 'utf8').split(' ').filter(Boolean));
  assert.equal(pids.length, 1);
  return Number(pids[0]);
}

function apart(name, run, more) {
  test(name, async () => {
    const plugins = await ways['in a process apart'](more, SHORT_MS);
    try {
      await run(plugins);
    } finally {
      await plugins.close();
    }
  });
}

for (const what of ['crash', 'hang']) {
  apart(`the one that does ${what} fails and the others are served`, async (plugins) => {
    const messages = goodOnes(30);
    messages[10] = tariff(what);
    const expected = Array(30).fill('answered');
    expected[10] = 'failed';
    assert.deepEqual(await outcomes(plugins, messages), expected);
  });
}

apart('a child that is killed costs nobody an answer', async (plugins) => {
  for (let i = 0; i < 3; ++i) {
    process.kill(await child(plugins), 'SIGKILL');
    assert.deepEqual(await outcomes(plugins, goodOnes(10)), Array(10).fill('answered'));
  }
});

apart('one originator cannot take an SRV from the others', async (plugins) => {
  for (const counter of [1n, 2n, 3n]) {
    assert.match((await plugins.decide(tariff('crash', ONE, counter))).reason, /signal 6, twice/);
  }
  const pid = await child(plugins);
  const answer = await plugins.decide(tariff('crash', ONE, 4n));
  assert.equal(answer.outcome, 'failed');
  assert.match(answer.reason, /3 requests of 90-B3-D5-1F-30-01-00-01/);
  assert.equal(await child(plugins), pid); // it was not tried
  assert.equal((await plugins.decide(tariff('I99', TWO))).code, 'I99');
});

apart('a plugin is given up after three originators, until a reload', async (plugins) => {
  for (const originator of [ONE, TWO, THREE]) {
    assert.equal((await plugins.decide(tariff('I99'))).code, 'I99');
    assert.equal((await plugins.decide(tariff('crash', originator))).outcome, 'failed');
  }
  const pid = await child(plugins);
  const answer = await plugins.decide(tariff('I99'));
  assert.equal(answer.outcome, 'unavailable');
  assert.match(answer.reason, /8\.14\.2 is given up until a reload/);
  assert.equal((await plugins.decide(good(1))).code, 'I99'); // another SRV
  assert.equal(await child(plugins), pid);
  await plugins.reload();
  assert.equal((await plugins.decide(tariff('I99'))).code, 'I99');
});

const probe = path.join(world, 'probe');
fs.copyFileSync(options().probe, probe);
apart('while it does not start everything is unavailable', async (plugins) => {
  const pid = await child(plugins);
  fs.unlinkSync(probe);
  process.kill(pid, 'SIGKILL');
  const answer = await plugins.decide(good(1));
  assert.equal(answer.outcome, 'unavailable');
  assert.ok(answer.reason.includes(probe), answer.reason);
}, { probe });
