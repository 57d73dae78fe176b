// SPDX-License-Identifier: Apache-2.0
//
// The golden messages through the Node.js binding, both ways.
'use strict';

const assert = require('node:assert/strict');
const test = require('node:test');
const { golden, octetsOf, ways } = require('./world');

async function check(plugins, { answer, error, ...one }) {
  if (error) {
    await assert.rejects(plugins.decideText(octetsOf(one)), ({ status, message }) => {
      assert.equal(status, error.status);
      for (const name of error.names) assert.ok(message.includes(name), message);
      return true;
    });
    return;
  }
  const { version, build, settings, ...rest } = await plugins.decideText(octetsOf(one));
  for (const text of [version, build, settings]) assert.equal(Boolean(text), 'plugin' in rest);
  assert.deepEqual(rest, answer);
}

for (const [way, open] of Object.entries(ways)) {
  test(way, async (t) => {
    const plugins = await open();
    t.after(() => plugins.close());
    assert.ok(golden.length > 60);
    for (const one of golden) await t.test(one.name, () => check(plugins, one));
  });
}
