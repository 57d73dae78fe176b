// SPDX-License-Identifier: Apache-2.0
//
// The face of both ways to plugins: decide, ask the adaptor what is open, decide again.
'use strict';

const { isDeepStrictEqual } = require('node:util');
const { DccError } = require('./messages');

const MAX_ROUNDS = 8;

// A counter has 64 bits, and no number of JSON.
function textOf(message) {
  const { counter } = message;
  try {
    return JSON.stringify(
      typeof counter === 'bigint' ? { ...message, counter: counter.toString() } : message);
  } catch (error) { // what JSON cannot say
    throw new DccError(DccError.INVALID, `the request: ${error.message}`);
  }
}

function add(message, found) {
  const sum = { ...message, ...found };
  if (message.devices && found.devices) sum.devices = { ...message.devices, ...found.devices };
  for (const name of ['acts', 'facts']) {
    if (message[name] && found[name]) sum[name] = [...message[name], ...found[name]];
  }
  return sum;
}

class Plugins {
  async decide(request, lookup) {
    let message = request;
    let asked;
    for (let round = 0; round < MAX_ROUNDS; ++round) {
      const answer = await this.decideText(textOf(message));
      if (answer.outcome !== 'asks' || !lookup) return answer;
      if (isDeepStrictEqual(answer.questions, asked)) {
        const question = JSON.stringify(asked[0]);
        return { outcome: 'failed', reason: `the lookup has not answered ${question}` };
      }
      asked = answer.questions;
      message = add(message, await lookup(asked));
    }
    return { outcome: 'failed', reason: `the plugin still asks after ${MAX_ROUNDS} rounds` };
  }
}

module.exports = { Plugins };
