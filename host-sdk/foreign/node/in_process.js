// SPDX-License-Identifier: Apache-2.0
//
// Plugins in this process: the eight functions of dcc/host.h by koffi. A decision takes some
// microseconds and is made in the event loop's thread; what blocks runs in another.
'use strict';

const fs = require('node:fs/promises');
const { promisify } = require('node:util');
const koffi = require('koffi');
const { DccError } = require('./messages');
const { Plugins } = require('./plugins');

const ABI_MAJOR = 1;
const ROOM = 4096; // enough for most answers
const LOG_ROOM = 1 << 20;
const LOOK_MS = 250; // how often for changed files

function load(path) {
  const library = koffi.load(path);
  const functions = {
    abi: library.func('uint32_t dcch_abi()'),
    make: library.func('void *dcch_new(const uint8_t *, size_t, uint8_t *, size_t)'),
    reload: library.func('int32_t dcch_reload(void *, int32_t)'),
    state: library.func('int64_t dcch_state(void *, uint8_t *, size_t)'),
    changed: library.func('int32_t dcch_changed(void *, int32_t)'),
    log: library.func('int64_t dcch_log(void *, uint8_t *, size_t)'),
    decide: library.func('int64_t dcch_decide(void *, const uint8_t *, size_t, uint8_t *, size_t)'),
    free: library.func('void dcch_free(void *)'),
  };
  const major = functions.abi() >>> 16;
  if (major !== ABI_MAJOR) {
    throw new DccError(DccError.INVALID, `${path}: major ${major}, expected ${ABI_MAJOR}`);
  }
  return functions;
}

const textIn = (room, size = room.indexOf(0)) => room.toString('utf8', 0, size);

class InProcess extends Plugins {
  #functions;
  #handle;
  #room = Buffer.alloc(ROOM);
  #watch;

  constructor(options, path) {
    super();
    this.#functions = load(path);
    const text = Buffer.from(JSON.stringify(options));
    this.#handle = this.#functions.make(text, text.length, this.#room, this.#room.length);
    if (this.#handle === null) throw new DccError(DccError.INVALID, textIn(this.#room));
    if (options.watch) this.#watch = setInterval(() => this.#look(), LOOK_MS).unref();
  }

  #look() {
    if (this.#functions.changed(this.#handle, 0) === 1) this.reload().catch(() => {});
  }

  #call(function_, ...more) {
    for (;;) {
      const size = Number(function_(this.#handle, ...more, this.#room, this.#room.length));
      if (size < 0) throw new DccError(-size, textIn(this.#room));
      if (size < this.#room.length) return JSON.parse(textIn(this.#room, size));
      this.#room = Buffer.alloc(size + 1);
    }
  }

  async decideText(message) {
    const octets = Buffer.from(message);
    return this.#call(this.#functions.decide, octets, octets.length);
  }

  async state() {
    return this.#call(this.#functions.state);
  }

  async reload(every = false) {
    const status = await promisify(this.#functions.reload.async)(this.#handle, every ? 1 : 0);
    if (status < 0) throw new DccError(-status, 'reload: closed, or no memory');
    return this.state();
  }

  async log() {
    if (this.#room.length < LOG_ROOM) this.#room = Buffer.alloc(LOG_ROOM);
    return this.#call(this.#functions.log);
  }

  async close() {
    clearInterval(this.#watch);
    await promisify(this.#functions.free.async)(this.#handle);
  }
}

async function open(options, { library = 'libdcc-host-c.so.1' } = {}) {
  const said = typeof options === 'string' ? JSON.parse(await fs.readFile(options)) : options;
  const plugins = new InProcess({ watch: true, ...said }, library);
  await plugins.reload(true);
  return plugins;
}

module.exports = { open };
