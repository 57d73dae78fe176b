// SPDX-License-Identifier: Apache-2.0
//
// dcc-decide as a child: lines to it and from it.
'use strict';

const { spawn } = require('node:child_process');
const { randomUUID } = require('node:crypto');
const fs = require('node:fs/promises');
const os = require('node:os');
const path = require('node:path');
const readline = require('node:readline');
const { DccError } = require('./messages');

class Child {
  #process;
  #lastWords = '';
  #end;

  // Waits until everything is loaded. Rejected with a DccError: it has ended instead, and why.
  static async start(program, options) {
    if (typeof options === 'string') return new Child()._start(program, options);
    const file = path.join(os.tmpdir(), `dcc-decide-${randomUUID()}.json`);
    try {
      await fs.writeFile(file, JSON.stringify(options), { mode: 0o600, flag: 'wx' });
      return await new Child()._start(program, file);
    } finally {
      await fs.rm(file, { force: true });
    }
  }

  async _start(program, file) {
    this.#process = spawn(program, [file]);
    this.#process.stdin.on('error', () => {}); // it has ended, which is told by that
    const output = readline.createInterface({ input: this.#process.stdout });
    output.on('line', (line) => this.onLine(line));
    readline.createInterface({ input: this.#process.stderr }).on('line', (line) => {
      this.#lastWords = line;
      process.stderr.write(line + '\n');
    });
    this.#end = new Promise((resolve) => {
      this.#process.on('error', (error) => resolve(error.message));
      this.#process.on('close', (code, signal) =>
        resolve(signal ? `ended by signal ${os.constants.signals[signal]}`
          : `ended with exit code ${code}`));
    });
    const loaded = new Promise((resolve) => { this.onLine = resolve; });
    this.send('{"id":0,"state":true}');
    const how = await Promise.race([loaded.then(() => null), this.#end]);
    if (how !== null) throw new DccError(DccError.NOT_NOW, `${program} ${how}: ${this.#lastWords}`);
    return this;
  }

  // Whether it has arrived, only an answer tells.
  send(line) {
    this.#process.stdin.write(line);
    this.#process.stdin.write('\n');
  }

  kill() {
    this.#process.kill('SIGKILL');
  }

  // It ends when it has answered.
  noMore() {
    this.#process.stdin.end();
  }

  // Waits for it, and says how it has ended.
  end() {
    return this.#end;
  }
}

module.exports = { Child };
