// SPDX-License-Identifier: Apache-2.0
//
// Plugins of DCC adaptors, for adaptors in Node.js: in this process, or in a process apart. The
// face is in index.d.ts; what messages and answers mean, in dcc/host.h of the SDK.
'use strict';

const { DccError, eui64 } = require('./messages');

module.exports = {
  DccError,
  get Duis() { return require('./duis').Duis; },
  eui64,
  inProcess: (options, more) => require('./in_process').open(options, more),
  processApart: (options, more) => require('./process_apart').open(options, more),
};
