// SPDX-License-Identifier: Apache-2.0
//
// What one decision costs from Node.js, both ways; in turn. Needs tests/foreign/node.
'use strict';

const { good, ways } = require('../../foreign/node/world');

const [rounds, decisions] = [Number(process.argv[2]), 1000];
const median = (all) => all.sort((a, b) => a - b)[Math.floor(all.length / 2)];

(async () => {
  const opened = [];
  for (const [way, open] of Object.entries(ways)) {
    opened.push({ way, plugins: await open(), times: [] });
  }
  for (let round = 0; round < rounds; ++round) {
    for (const { plugins, times } of opened) {
      const request = good(1);
      const begin = process.hrtime.bigint();
      for (let i = 0; i < decisions; ++i) {
        if ((await plugins.decide(request)).code !== 'I99') throw new Error('no I99');
      }
      times.push(Number(process.hrtime.bigint() - begin) / 1e3 / decisions);
    }
  }
  for (const { way, plugins, times } of opened) {
    console.log(`| Node.js, ${way} | ${median(times).toFixed(1)} |`);
    await plugins.close();
  }
})();
