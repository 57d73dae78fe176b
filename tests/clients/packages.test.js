// SPDX-License-Identifier: Apache-2.0
//
// DCC's packages as its Node-RED nodes use them: a template, made into XML, signed, posted with got
// and its 3 seconds, validated, parsed.
'use strict';

const assert = require('node:assert/strict');
const net = require('node:net');
const { after, before, test } = require('node:test');
const { constructDuis, isSimplifiedDuisOutputResponse, parseDuis } = require('@smartdcc/duis-parser');
const { loadTemplates } = require('@smartdcc/duis-templates');
const { signDuis, validateDuis } = require('@smartdcc/duis-sign-wrap');
const got = require('got').default;
const world = require('./world');

const { supplier, agent, other, pending, commissioned } = world;
const srvs = ['8.14.3', '8.14.4'];

let host;
let templates;
before(async () => {
  host = await world.World.start();
  templates = Object.values(await loadTemplates({}));
});
after(() => host?.stop());

// The template of an SRV, with its items as they are but for what is given.
function filled(srv, { originator = supplier, device = pending, counter, variant } = {}) {
  const found = templates.filter(
    (one) => one.serviceReferenceVariant['Service Reference Variant'] === srv,
  );
  assert.equal(found.length, 1);
  const duis = structuredClone(found[0].simplified);
  duis.header.requestId.originatorId = originator;
  if (counter) duis.header.requestId.counter = counter;
  if (variant) duis.header.commandVariant = variant;
  Object.values(duis.body)[0].DeviceID = device;
  return duis;
}

// Without a counter the tool takes the clock, as for the nodes.
const sign = (srv, facts = {}) =>
  signDuis({ xml: constructDuis('simplified', filled(srv, facts)), preserveCounter: 'counter' in facts });

const post = (signed, url = host.url) =>
  got(url, {
    timeout: { request: 3000 },
    headers: { 'Content-Type': 'application/xml' },
    method: 'POST',
    body: signed,
    throwHttpErrors: true,
    followRedirect: true,
  });

async function read(response) {
  assert.equal(response.headers['content-type'], 'application/xml');
  const duis = parseDuis('simplified', await validateDuis({ xml: response.body }));
  assert.ok(isSimplifiedDuisOutputResponse(duis));
  return duis;
}

async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    assert.equal(error.name, 'HTTPError');
    return error;
  }
  return assert.fail('was not refused');
}

const codeOf = ({ body }) => body.match(/<sr:ResponseCode>(\w+)</)[1];

test('what comes back is a signed response that the packages read', async () => {
  for (const srv of srvs) {
    const before = BigInt(Date.now());
    const response = await post(await sign(srv));
    assert.match(response.body, /<ds:SignatureValue>/);
    const { header, body } = await read(response);
    assert.equal(header.responseCode, 'I99');
    assert.equal(header.requestId.originatorId.toUpperCase(), supplier);
    assert.ok(header.requestId.counter >= before);
    assert.ok(!('responseId' in header));
    assert.equal(body.ResponseMessage.ServiceReference, '8.14');
    assert.equal(body.ResponseMessage.ServiceReferenceVariant, srv);
  }
});

test('every code of the rule is read by the packages', async () => {
  const cases = {
    E1: { originator: other },
    E4: { originator: agent, device: world.unordered },
    E5: { originator: agent, device: commissioned },
    E11: { device: world.meter },
    E12: { variant: 4 },
    E19: { device: world.nowhere },
  };
  for (const [code, facts] of Object.entries(cases)) {
    const { header } = await read(await post(await sign('8.14.3', facts)));
    assert.equal(header.responseCode, code);
  }
  host.import('users', [`${other},ED,Suspended,Other`]);
  const suspended = await read(await post(await sign('8.14.4', { originator: other })));
  assert.equal(suspended.header.responseCode, 'E3');
  const elsewhere = host.url.replace('serviceD', 'serviceS');
  const misdirected = await read(await post(await sign('8.14.4'), elsewhere));
  assert.equal(misdirected.header.responseCode, 'E13');
});

// One User, registered in one role after the other: the keystore has no User for each.
const eligible = { EIS: 'I99', GIS: 'I99', SNA: 'I99', ES: 'E2', ED: 'E2', GT: 'E2', OU: 'E2', MDR: 'E2' };
for (const [role, code] of Object.entries(eligible)) {
  test(`${role} is answered ${code} for both variants`, async () => {
    host.import('users', [`${other},${role},Active,Other`]);
    host.import('appointments', [`${other},${supplier},2020-01-01,`]);
    const signed = await Promise.all(srvs.map((srv) => sign(srv, { originator: other })));
    const answers = await Promise.all(signed.map(async (one) => read(await post(one))));
    for (const { header } of answers) assert.equal(header.responseCode, code);
  });
}

test('a Supplier returns a hub of any status, an agent one that is Pending', async () => {
  for (const [originator, code] of [[supplier, 'I99'], [agent, 'E5']])
    assert.equal(codeOf(await post(await sign('8.14.4', { originator, device: commissioned }))), code);
});

test('the same octets again are the same answer, the same RequestID for another hub is 409', async () => {
  const counter = 77n;
  const signed = await sign('8.14.3', { originator: agent, counter });
  const first = await post(signed);
  assert.equal((await post(signed)).body, first.body);
  const another = await sign('8.14.3', { originator: agent, counter, device: commissioned });
  assert.equal((await refusal(post(another))).response.statusCode, 409);
});

test('who gave up before the answer came gets it with the same octets', async () => {
  const signed = await sign('8.14.3', { counter: 78n });
  const { hostname, port, pathname } = new URL(host.url);
  const socket = net.connect(port, hostname);
  socket.write(
    `POST ${pathname} HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: application/xml\r\n` +
      `Content-Length: ${Buffer.byteLength(signed)}\r\n\r\n${signed}`,
  );
  await host.logged(/outcome request_id=\S+:78 .*code=I99/);
  socket.destroy();
  assert.equal((await read(await post(signed))).header.responseCode, 'I99');
  await host.logged(/repeated http=200 .*:78 /);
});

// Signed again, with a new counter, as who presses the button again does.
test('a second return of the hub is a new request, and is accepted', async () => {
  for (const _ of [1, 2])
    assert.equal(codeOf(await post(await sign('8.14.4', { originator: agent }))), 'I99');
});

test('a changed octet is 403: the client has the number, the log the reason', async () => {
  const signed = await sign('8.14.3', { originator: agent });
  const error = await refusal(post(signed.replace(pending, commissioned)));
  assert.equal(error.message, 'Response code 403 (Forbidden)');
  await host.logged(/refused http=403 .*reason=.*DigestValue/);
  assert.equal(codeOf(await post(signed)), 'I99'); // it has used nothing up
});

test('what the tool does with an answer that is not the host\'s', async () => {
  const { body } = await post(await sign('8.14.3', { originator: agent, device: commissioned }));
  await assert.rejects(validateDuis({ xml: body.replace('>E5<', '>I99<') }), /validation failed/);
  const serial = /(<ds:X509SerialNumber>)\d+/;
  await assert.rejects(validateDuis({ xml: body.replace(serial, '$11') }), /missing credentials/);
});

// The tool says so, but on its standard error, which the package passes on to nobody.
test('without a signing key of the host the tool takes every answer unchecked', async () => {
  const unsigned = await world.World.start({ signing: false });
  try {
    const { body } = await post(await sign('8.14.3'), unsigned.url);
    assert.doesNotMatch(body, /Signature/);
    for (const xml of [body, body.replace('>I99<', '>E5<')]) await validateDuis({ xml });
  } finally {
    await unsigned.stop();
  }
});
