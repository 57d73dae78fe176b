// SPDX-License-Identifier: Apache-2.0
//
// That the types say what a developer may write, and what not; compiled, not run.
import { Lookup, Request, eui64, inProcess, processApart } from '../../../host-sdk/foreign/node';

const request: Request = {
  srv: '8.14.3', service_reference: '8.14', command_variant: 8, originator: eui64(1n),
  target: '90-B3-D5-1F-30-00-00-02', counter: 17n, body_element: 'CHFFaultReturn',
  items: [['DeviceID', '00-DB-12-34-56-78-90-01']], received_at: 1, deadline: 2,
};

const lookup: Lookup = async (questions) => {
  for (const question of questions) {
    if (question.ask === 'device') return { devices: { [question.device]: null } };
    // @ts-expect-error: only the question for a fact has a key
    question.key;
  }
  return { user: { role: 'SNA', status: 'Active', revision: 1 } };
};

export async function code(): Promise<string> {
  const plugins = await inProcess({ plugins: '/p', settings: '/s', cache: '/c', probe: '/b' });
  const apart = await processApart('/etc/options.json', { graceMs: 1000 });
  // @ts-expect-error: a counter is no number
  await apart.decide({ ...request, counter: 17 });
  // @ts-expect-error: a member that is misspelt
  await apart.decide({ ...request, user: { role: 'SNA', state: 'Active', revision: 1 } });
  const answer = await plugins.decide(request, lookup);
  // @ts-expect-error: there is a code only if it was answered
  answer.code;
  return answer.outcome === 'answered' ? answer.code : answer.outcome;
}
