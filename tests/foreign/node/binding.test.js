// SPDX-License-Identifier: Apache-2.0
//
// The Node.js binding: lookups, bad input, and what happens after the end; each both ways.
'use strict';

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { DccError, eui64 } = require('dcc-host');
const { bare, optionsFile, ways, world } = require('./world');

const known = {
  user: { role: 'SNA', status: 'Active', revision: 2 },
  devices: { '00-DB-12-34-56-78-90-01': { type: 'CHF', status: 'Pending', revision: 7 } },
  acts: [{ agent: '90-B3-D5-1F-30-01-00-00', device: '00-DB-12-34-56-78-90-01', at: 1767225600000,
    holds: true, revision: 3 }],
};
const member = { user: 'user', device: 'devices', acts: 'acts' };
const lookup = (questions) =>
  Object.fromEntries(questions.map(({ ask }) => [member[ask], known[member[ask]]]));

const isInvalid = (words) => (error) =>
  error instanceof DccError && error.status === DccError.INVALID && words.test(error.message);

const tests = {
  async 'a lookup is asked what is open, and awaited; requests run side by side'(plugins) {
    const asked = [];
    let allAreHere;
    const all = new Promise((resolve) => { allAreHere = resolve; });
    const answers = await Promise.all(Array.from({ length: 20 }, () =>
      plugins.decide(bare(), async (questions) => {
        asked.push(questions.map(({ ask }) => ask).join());
        if (asked.length === 20) allAreHere();
        await all; // so nobody is answered before all have asked
        return lookup(questions);
      })));
    assert.deepEqual(answers.map(({ code }) => code), Array(20).fill('I99'));
    assert.deepEqual(asked, Array(20).fill('user,device,acts'));
    assert.deepEqual(answers[0].read, known);
  },
  async 'what is found bit by bit adds up'(plugins) {
    const answer = await plugins.decide(bare(), (questions) => lookup(questions.slice(0, 1)));
    assert.equal(answer.code, 'I99');
  },
  async 'without a lookup the questions come back'(plugins) {
    assert.equal((await plugins.decide(bare())).outcome, 'asks');
  },
  async 'a lookup that finds nothing out fails'(plugins) {
    const answer = await plugins.decide(bare(), () => ({}));
    assert.deepEqual(answer,
      { outcome: 'failed', reason: 'the lookup has not answered {"ask":"user"}' });
  },
  async 'a lookup that cannot is unavailable'(plugins) {
    const answer = await plugins.decide(bare(), () => ({ unavailable: 'no database' }));
    assert.equal(answer.outcome, 'unavailable');
    assert.equal(answer.code, undefined);
  },
  async 'what a lookup throws comes out'(plugins) {
    const thrown = new RangeError('no such table');
    await assert.rejects(plugins.decide(bare(), () => { throw thrown; }), thrown);
  },
  async 'an error names member and value'(plugins) {
    for (const [more, words] of [
      [{ counter: 17 }, /counter: 17: expected a text/],
      [{ counter: -1n }, /counter: "-1"/],
      [{ counter: undefined }, /counter: expected to be there/],
      [{ originator: '90-B3' }, /originator: "90-B3": expected/],
      [{ user: { ...known.user, revision: 2 ** 53 } }, /user.revision: 9007199254740992/],
      [{ received_at: NaN }, /received_at: null: expected an integer/],
      [{ received_at: 1n }, /the request: .*BigInt/],
    ]) {
      await assert.rejects(plugins.decide({ ...bare(), ...more }), isInvalid(words));
    }
    const highest = { ...bare(), counter: 2n ** 64n - 1n };
    assert.equal((await plugins.decide(highest, lookup)).code, 'I99');
  },
  async 'a line end in a message is a space'(plugins) {
    const text = JSON.stringify(bare(), null, 1);
    assert.equal((await plugins.decideText(text)).outcome, 'asks');
    await assert.rejects(plugins.decideText(text.replace('serviceD', 'service\nD')),
      isInvalid(/not JSON/));
  },
  async 'state, log and reload'(plugins) {
    assert.deepEqual((await plugins.state()).plugins.map(({ live }) => live), [true, true]);
    assert.equal((await plugins.reload(true)).handlers.length, 3);
    assert.ok((await plugins.log()).some(({ source }) => source === 'plugins'));
  },
  async 'close answers or refuses what is under way, and everything later'(plugins) {
    const decisions = Array.from({ length: 100 }, () => plugins.decide(bare()));
    const closed = plugins.close();
    for (const { status, value, reason } of await Promise.allSettled(decisions)) {
      if (status === 'fulfilled') assert.equal(value.outcome, 'asks');
      else assert.ok(isInvalid(/closed|freed/)(reason), reason);
    }
    await closed;
    await plugins.close();
    for (const call of ['decide', 'state', 'reload', 'log']) {
      await assert.rejects(plugins[call](bare()), DccError, call);
    }
  },
  async 'files that change are loaded by themselves'(plugins) {
    const settings = path.join(world, 'settings', 'ch-returns.ini');
    const before = fs.readFileSync(settings, 'utf8');
    const becomes = async (text, code) => {
      fs.writeFileSync(`${settings}.new`, text);
      fs.renameSync(`${settings}.new`, settings);
      // Until it has been seen, or the test is timed out. The binding's timers have their turn.
      while ((await plugins.decide(bare(), lookup)).code !== code) {
        await new Promise((resolve) => { setImmediate(resolve); });
      }
    };
    await becomes(before.replaceAll('SNA = Pending', 'SNA = none'), 'E2');
    await becomes(before, 'I99');
  },
};

for (const [way, open] of Object.entries(ways)) {
  for (const [name, run] of Object.entries(tests)) {
    test(`${way}: ${name}`, async () => {
      const plugins = await open();
      try {
        await run(plugins);
      } finally {
        await plugins.close();
      }
    });
  }
  test(`${way}: wrong options are named`, async () => {
    await assert.rejects(open({ plugins: '/nowhere' }), /\/nowhere/);
    await assert.rejects(open({ pluginDirectory: '/nowhere' }), /pluginDirectory/);
  });
}

test('an EUI-64 is spelt whatever its first bit', () => {
  assert.equal(eui64(0xFFDB123456789001n), 'FF-DB-12-34-56-78-90-01');
  assert.equal(eui64(1n), '00-00-00-00-00-00-00-01');
  for (const wrong of [-1n, 2n ** 64n, 1]) assert.throws(() => eui64(wrong), isInvalid(/expected/));
});

test('from zero to E5 both ways', () => {
  for (const more of [[], ['--apart']]) {
    const out = execFileSync(process.execPath, [process.env.DCC_EXAMPLE, optionsFile, ...more],
      { encoding: 'utf8' });
    assert.equal(out, 'answered E5 SNA: hub 00-DB-12-34-56-78-90-01 is Commissioned; ' +
      'allowed: Pending\n');
  }
});
