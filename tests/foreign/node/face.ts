// SPDX-License-Identifier: Apache-2.0
//
// That the types say what a developer may write, and what not; compiled, not run.
import { Duis, Lookup, Request, eui64, inProcess, processApart } from '../../../host-sdk/foreign/node';

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

export function answer(octets: Uint8Array, now: number): Uint8Array | string {
  // @ts-expect-error: whom requests are for has to be said
  new Duis({ certificates: '/c' });
  const duis = new Duis({ certificates: '/c', control_broker: '90-B3-D5-1F-30-00-00-02' });
  const said = duis.read(octets, now, now + 2000);
  // @ts-expect-error: only a request has a request
  said.request;
  if (said.kind === 'not_valid' || said.kind === 'signature') return said.reason;
  // @ts-expect-error: a response may have no request_id to repeat
  duis.write(said.response, 'E5', now);
  if (said.kind === 'response') return said.code;
  const request: Request = said.request;
  return duis.write(said.response, request.srv === '8.14.3' ? 'I99' : 'E5', now);
}
