// SPDX-License-Identifier: Apache-2.0
//
// Clients that owe us and each other nothing: xmlsec1 with curl, and Java alone. The User's key is
// the one of DCC's keystore.
'use strict';

const assert = require('node:assert/strict');
const { execFileSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { after, before, test } = require('node:test');
const { World, broker, credentials, agent, pending, commissioned } = require('./world');

let host;
let key; // the agent's
let counter = 1;
before(async () => {
  host = await World.start();
  const { certificate, privateKey } = await credentials(agent);
  key = host.write('agent.key.pem', privateKey.export({ type: 'pkcs8', format: 'pem' }));
  host.write('agent.pem', certificate.toString());
  host.write('agent.key.der', privateKey.export({ type: 'pkcs8', format: 'der' }));
});
after(() => host?.stop());

const algorithm = (name, uri) => `<${name} Algorithm="${uri}"/>`;
const bodies = {
  '8.14.3': (device) => `<CHFFaultReturn>
      <DeviceID>${device}</DeviceID>
      <CHFFaultReturnType>Fault identified prior to installation</CHFFaultReturnType>
      <OtherDeviceID>00-DB-12-34-56-78-90-A0</OtherDeviceID>
      <CHFConnectionMethod>Hot-shoe</CHFConnectionMethod>
      <CHFFaultReason>Damaged case</CHFFaultReason>
    </CHFFaultReturn>`,
  '8.14.4': (device) => `<CHFNoFaultReturn>
      <DeviceID>${device}</DeviceID>
      <CHFNoFaultReturnType>No Fault Return (general)</CHFNoFaultReturnType>
    </CHFNoFaultReturn>`,
};

// As a person writes it.
function request(srv, device, signature = '') {
  return `<?xml version="1.0" encoding="UTF-8"?>
<Request xmlns="http://www.dccinterface.co.uk/ServiceUserGateway" schemaVersion="5.4">
  <Header>
    <RequestID>${agent}:${broker}:${counter++}</RequestID>
    <CommandVariant>8</CommandVariant>
    <ServiceReference>8.14</ServiceReference>
    <ServiceReferenceVariant>${srv}</ServiceReferenceVariant>
  </Header>
  <Body>
    ${bodies[srv](device)}
  </Body>
  ${signature}
</Request>
`;
}

const toBeSigned = `<Signature xmlns="http://www.w3.org/2000/09/xmldsig#">
    <SignedInfo>
      ${algorithm('CanonicalizationMethod', 'http://www.w3.org/2001/10/xml-exc-c14n#')}
      ${algorithm('SignatureMethod', 'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256')}
      <Reference URI="">
        <Transforms>
          ${algorithm('Transform', 'http://www.w3.org/2000/09/xmldsig#enveloped-signature')}
        </Transforms>
        ${algorithm('DigestMethod', 'http://www.w3.org/2001/04/xmlenc#sha256')}
        <DigestValue/>
      </Reference>
    </SignedInfo>
    <SignatureValue/>
    <KeyInfo><X509Data><X509IssuerSerial/></X509Data></KeyInfo>
  </Signature>`;

function signedByXmlsec(srv, device) {
  const file = host.write('template.xml', request(srv, device, toBeSigned));
  const keys = `${key},${host.file('agent.pem')}`;
  execFileSync('xmlsec1', ['--sign', '--output', host.file('signed.xml'), '--privkey-pem', keys, file]);
  return host.file('signed.xml');
}

// The status and the body.
function curl(file, type = 'application/xml', ...options) {
  const words = ['-sS', '-o', host.file('answer'), '-w', '%{http_code} %{content_type}', ...options];
  const sent = ['-H', `Content-Type: ${type}`, '--data-binary', `@${file}`, host.url];
  const out = execFileSync('curl', [...words, ...sent]);
  return { head: out.toString(), body: fs.readFileSync(host.file('answer'), 'utf8') };
}

const cases = [
  ['8.14.3', pending, 'I99'],
  ['8.14.4', pending, 'I99'],
  ['8.14.3', commissioned, 'E5'],
  ['8.14.4', commissioned, 'E5'],
];

test('xmlsec1 signs, curl posts, xmlsec1 verifies the answer', () => {
  const verify = ['--verify', '--enabled-reference-uris', 'empty', '--pubkey-cert-pem'];
  for (const [srv, device, code] of cases) {
    const { head, body } = curl(signedByXmlsec(srv, device));
    assert.equal(head, '200 application/xml');
    assert.ok(body.includes(`<sr:ResponseCode>${code}</sr:ResponseCode>`), body);
    execFileSync('xmlsec1', [...verify, host.file('broker.pem'), host.file('answer')], { stdio: 'pipe' });
    const forged = host.write('forged.xml', body.replace(`>${code}<`, '>E1<'));
    assert.notEqual(spawnSync('xmlsec1', [...verify, host.file('broker.pem'), forged]).status, 0);
  }
});

test('what curl sends by itself, and what it may be told to', () => {
  const file = signedByXmlsec('8.14.3', pending);
  const { body } = curl(file);
  for (const [type, ...options] of [
    ['application/xml;charset=utf-8'],
    ['application/xml', '-H', 'Expect: 100-continue'],
    ['application/xml', '-H', 'Transfer-Encoding: chunked'],
    ['application/xml', '--http1.0'],
    ['application/xml', '--http2'], // an offer to upgrade, which need not be taken
    ['application/xml', '--compressed'],
  ])
    assert.deepEqual(curl(file, type, ...options), { head: '200 application/xml', body });
  const refused = curl(file, 'application/x-www-form-urlencoded');
  assert.equal(refused.head, '415 application/problem+json');
  const changed = host.write('changed.xml', fs.readFileSync(file, 'utf8').replace(pending, commissioned));
  const { head, body: problem } = curl(changed);
  assert.equal(head, '403 application/problem+json');
  assert.match(JSON.parse(problem).detail, /DigestValue/);
});

test('Java signs, posts and verifies with what the JDK has', () => {
  const classes = host.file('classes');
  execFileSync('javac', ['-Xlint:all', '-Werror', '-d', classes, path.join(__dirname, 'Client.java')]);
  for (const [srv, device, code] of cases) {
    const file = host.write('request.xml', request(srv, device));
    const words = ['-cp', classes, 'Client', host.url, file];
    for (const name of ['agent.pem', 'agent.key.der', 'broker.pem']) words.push(host.file(name));
    const { status, stdout, stderr } = spawnSync('java', words, { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.equal(stdout, `${code}\n`);
  }
});
