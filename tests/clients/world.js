// SPDX-License-Identifier: Apache-2.0
//
// A dcc-sample-host of its own for one file of tests, with DCC's public test certificates as its Users'
// credentials, imported rows and the plugin, made by the commands of sample-host/CLIENTS.md; and its
// log. Gone when stopped.
//
// DCC_BUILD and DCC_SOURCE name the build and the source tree.
'use strict';

const { execFileSync, spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { BoxedKeyStore, KeyUsage } = require('@smartdcc/dccboxed-keystore');

const build = process.env.DCC_BUILD;
const source = process.env.DCC_SOURCE;
const program = path.join(build, 'bin/dcc-sample-host');

const broker = '90-B3-D5-1F-30-00-00-02';
// The Users whose keys for XML signatures are in DCC's keystore and its signing tool. `other` is not
// registered at first.
const supplier = '90-B3-D5-1F-30-01-00-00';
const agent = '00-DB-12-34-56-78-00-04';
const other = '90-B3-D5-1F-30-02-00-00';

// The hub that DCC's templates name, and others: as the page has them.
const pending = '00-DB-12-34-56-78-90-A2';
const commissioned = '00-DB-12-34-56-78-90-A3';
const unordered = '00-DB-12-34-56-78-90-A4';
const meter = '00-DB-12-34-56-78-90-A5';
const nowhere = '00-DB-12-34-56-78-90-FF';

const headers = {
  users: 'user_id,role,status,name',
  appointments: 'agent_id,supplier_id,valid_from,valid_until',
};

// The shell commands of the page that our users follow.
function pageOfClients() {
  const page = fs.readFileSync(path.join(source, 'sample-host/CLIENTS.md'), 'utf8');
  return page.match(/<!-- clients: a world -->\n```sh\n(.*?)```/s)[1];
}

// Certificate and private key for XML signatures (role 135) of a User, as DCC's keystore gives them.
async function credentials(eui) {
  const keystore = await BoxedKeyStore.new('no appliance is asked');
  try {
    const asked = { eui: eui.replaceAll('-', ''), keyUsage: KeyUsage.digitalSignature, role: 135 };
    const [{ certificate, serial }] = await keystore.query({ ...asked, lookup: 'certificate' });
    const { privateKey } = await keystore.query({ serial, lookup: 'privateKey' });
    return { certificate, privateKey };
  } finally {
    await keystore.cleanup();
  }
}

class World {
  #home = fs.mkdtempSync(path.join(os.tmpdir(), 'dcc-clients-'));
  #process;
  #log = '';
  #heard = () => {};

  // `signing`: the host signs its responses with the broker's key.
  static async start({ signing = true } = {}) {
    const world = new World();
    try {
      world.#make(signing);
      await world.#serve();
      return world;
    } catch (error) {
      await world.stop();
      throw error;
    }
  }

  file(name) {
    return path.join(this.#home, name);
  }

  write(name, content) {
    fs.writeFileSync(this.file(name), content, { mode: 0o600 });
    return this.file(name);
  }

  #make(signing) {
    const packages = path.dirname(require.resolve('@smartdcc/dccboxed-keystore'));
    execFileSync('sh', ['-c', pageOfClients()], {
      cwd: this.#home,
      env: {
        ...process.env,
        PATH: `${path.join(build, 'bin')}:${process.env.PATH}`,
        KEYSTORE: path.join(packages, '../keystore.json'),
        CH_RETURNS: path.join(build, 'plugins/ch-returns.so'),
        SETTINGS: path.join(source, 'config/plugins.d/ch-returns.ini'),
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    // Ports that are free; and on a machine that is busy with other tests nothing is turned away for
    // waiting.
    let config = fs.readFileSync(this.file('sample-host.ini'), 'utf8');
    config = config.replace(':8079', ':0\nmax_wait_ms = 0').replace(':8080', ':0');
    this.write('sample-host.ini', signing ? config : config.replace(/\[signing\][^]*/, ''));
  }

  async #serve() {
    this.#process = spawn(program, ['serve', '--config', this.file('sample-host.ini')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#process.stderr.setEncoding('utf8').on('data', (text) => {
      this.#log += text;
      this.#heard();
    });
    this.#process.on('close', () => this.#heard());
    await this.logged(/admin listens on/);
    this.url = `http://${(await this.logged(/http listens on (\S+),/))[1]}/api/v1/serviceD`;
  }

  #ended() {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  // What the log matches, now or later.
  async logged(pattern) {
    for (;;) {
      const match = this.#log.match(pattern);
      if (match) return match;
      if (this.#ended()) throw new Error(`the host has ended: ${this.#log}`);
      await new Promise((resolve) => {
        this.#heard = resolve;
      });
    }
  }

  // Rows, put in through standard input beside the running host.
  import(table, lines) {
    const config = ['--config', this.file('sample-host.ini')];
    execFileSync(program, ['import', table, '-', ...config], {
      input: `${[headers[table], ...lines].join('\n')}\n`,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
  }

  async stop() {
    if (this.#process && !this.#ended()) {
      this.#process.kill();
      await once(this.#process, 'close');
    }
    fs.rmSync(this.#home, { recursive: true });
  }
}

module.exports = {
  World,
  credentials,
  broker,
  supplier,
  agent,
  other,
  pending,
  commissioned,
  unordered,
  meter,
  nowhere,
};
