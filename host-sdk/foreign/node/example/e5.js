// SPDX-License-Identifier: Apache-2.0
//
// From zero to E5: an agent returns a hub that is installed already. The argument is the options'
// file; with --apart the plugin runs in a process of its own.
'use strict';

const { eui64, inProcess, processApart } = require('dcc-host');

const request = {
  srv: '8.14.3', service_reference: '8.14', command_variant: 8, endpoint: 'serviceD',
  originator: eui64(0x90B3D51F30010000n), target: '90-B3-D5-1F-30-00-00-02', counter: 17n,
  body_element: 'CHFFaultReturn',
  items: [['DeviceID', '00-DB-12-34-56-78-90-01'],
    ['CHFFaultReturnType', 'Fault identified prior to installation']],
  received_at: 1767225601000, deadline: 1767225603000,
};

// What the adaptor's database knows; a real one awaits it.
async function lookup(questions) {
  const found = { devices: {}, acts: [] };
  for (const { ask, ...question } of questions) {
    if (ask === 'user') found.user = { role: 'SNA', status: 'Active', revision: 2 };
    if (ask === 'device') {
      found.devices[question.device] = { type: 'CHF', status: 'Commissioned', revision: 7 };
    }
    if (ask === 'acts') found.acts.push({ ...question, holds: true, revision: 3 });
  }
  return found;
}

(async () => {
  const [, , options, where] = process.argv;
  const plugins = await (where === '--apart' ? processApart : inProcess)(options);
  const answer = await plugins.decide(request, lookup);
  console.log(answer.outcome, answer.code, answer.reason);
  await plugins.close();
})();
