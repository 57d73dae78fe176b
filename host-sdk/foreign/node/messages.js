// SPDX-License-Identifier: Apache-2.0
//
// What both ways share of errors and texts.
'use strict';

class DccError extends Error {
  static INVALID = 3;
  static NOT_NOW = 5;
  static INTERNAL = 6;

  constructor(status, reason) {
    super(reason);
    this.name = 'DccError';
    this.status = status;
  }
}

const MOST = (1n << 64n) - 1n;

function eui64(number) {
  if (typeof number !== 'bigint' || number < 0n || number > MOST) {
    throw new DccError(DccError.INVALID, `${number}: expected a BigInt from 0 to ${MOST}`);
  }
  return number.toString(16).padStart(16, '0').toUpperCase().match(/../g).join('-');
}

module.exports = { DccError, eui64 };
