// SPDX-License-Identifier: Apache-2.0
//
// DUIS messages in and out: the functions of dcc/duis.h by koffi. Reading and writing take some
// hundred microseconds each, in the event loop's thread.
'use strict';

const koffi = require('koffi');
const { DccError } = require('./messages');

const ABI_MAJOR = 1;
const ROOM = 16384; // enough for most answers

function load(path) {
  // Deep: Node.js shows the OpenSSL that is linked into it to whatever is loaded, and the library was
  // built with another.
  const library = koffi.load(path, { deep: true });
  const functions = {
    abi: library.func('uint32_t dccd_abi()'),
    make: library.func('void *dccd_new(const uint8_t *, size_t, uint8_t *, size_t)'),
    reload: library.func('int64_t dccd_reload(void *, uint8_t *, size_t)'),
    read: library.func('int64_t dccd_read(void *, const uint8_t *, size_t, int64_t, int64_t, uint8_t *, size_t)'),
    write: library.func('int64_t dccd_write(void *, const uint8_t *, size_t, uint8_t *, size_t)'),
    free: library.func('void dccd_free(void *)'),
  };
  const major = functions.abi() >>> 16;
  if (major !== ABI_MAJOR) {
    throw new DccError(DccError.INVALID, `${path}: major ${major}, expected ${ABI_MAJOR}`);
  }
  return functions;
}

const textIn = (room, size = room.indexOf(0)) => room.toString('utf8', 0, size);

class Duis {
  #functions;
  #handle;
  #room = Buffer.alloc(ROOM);
  loaded;

  constructor(options, { library = 'libdcc-duis-c.so.1' } = {}) {
    this.#functions = load(library);
    const text = Buffer.from(JSON.stringify(options));
    this.#handle = this.#functions.make(text, text.length, this.#room, this.#room.length);
    if (this.#handle === null) throw new DccError(DccError.INVALID, textIn(this.#room));
    try {
      this.reload();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  // Good until the next call.
  #call(function_, ...more) {
    for (;;) {
      const size = Number(function_(this.#handle, ...more, this.#room, this.#room.length));
      if (size < 0) throw new DccError(-size, textIn(this.#room));
      if (size < this.#room.length) return this.#room.subarray(0, size);
      this.#room = Buffer.alloc(size + 1);
    }
  }

  reload() {
    this.loaded = JSON.parse(this.#call(this.#functions.reload));
    return this.loaded;
  }

  read(message, receivedAt, deadline) {
    const octets = Buffer.from(message);
    return JSON.parse(this.#call(this.#functions.read, octets, octets.length, receivedAt, deadline));
  }

  write(response, code, time) {
    const fields = Buffer.from(JSON.stringify({ ...response, code, time }));
    return Buffer.from(this.#call(this.#functions.write, fields, fields.length));
  }

  close() {
    this.#functions.free(this.#handle);
  }
}

module.exports = { Duis };
