// SPDX-License-Identifier: Apache-2.0
//
// What the Node.js tests share: the world that tests/foreign/in-a-world has made, and messages.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { eui64, inProcess, processApart } = require('dcc-host');

const world = process.env.DCC_WORLD;
const optionsFile = path.join(world, 'options.json');
const golden = JSON.parse(fs.readFileSync(process.env.DCC_GOLDEN));
const options = (more) => ({ ...JSON.parse(fs.readFileSync(optionsFile)), ...more });

function octetsOf({ message, text, base64, spaces }) {
  if (message) return JSON.stringify(message);
  if (base64) return Buffer.from(base64, 'base64');
  return text ?? ' '.repeat(spaces);
}

// That of the one case whose name begins so.
function goldenMessage(begin) {
  const cases = golden.filter(({ name }) => name.startsWith(begin));
  if (cases.length !== 1) throw new Error(`${cases.length} cases begin with ${begin}`);
  return structuredClone(cases[0].message);
}

// To the golden messages' plugin: what it shall answer; crash and hang, too.
function tariff(code, originator = 0x90B3D51F30010000n, counter = 1n) {
  const message = goldenMessage('I99: by a fact of a kind of its own');
  message.facts[0].values.code = code;
  return { ...message, originator: eui64(originator), counter };
}

module.exports = {
  world,
  optionsFile,
  golden,
  options,
  octetsOf,
  tariff,
  bare: () => goldenMessage('asks: nothing is told'), // a good request, without facts
  good: (counter) => ({ ...goldenMessage('I99: an agent that acts'), counter: BigInt(counter) }),
  ways: {
    'in the process': (more) => inProcess(options(more)),
    'in a process apart': (more, graceMs) => processApart(options(more), { graceMs }),
  },
};
