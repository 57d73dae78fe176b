// SPDX-License-Identifier: Apache-2.0
//
// Which requests have ended dcc-decide, and who is not let in for that: ../README.md, "When a
// plugin crashes or hangs". A killer is a request with which alone inside the process has ended.
'use strict';

const MOST = 3; // killers of one originator; originators with killers

class Killers {
  #bySrv = new Map(); // srv -> originator -> requests

  static who({ srv, originator, target, counter }) {
    return { srv, originator: String(originator).toUpperCase(), request: `${target}:${counter}` };
  }

  add({ srv, originator, request }) {
    const byOriginator = this.#bySrv.get(srv) ?? new Map();
    this.#bySrv.set(srv, byOriginator);
    byOriginator.set(originator, (byOriginator.get(originator) ?? new Set()).add(request));
  }

  clear() {
    this.#bySrv.clear();
  }

  // The answer to one that is not let in.
  refusal({ srv, originator }) {
    const byOriginator = this.#bySrv.get(srv);
    if (!byOriginator) return undefined;
    if (byOriginator.size >= MOST) {
      const reason = `the plugin for ${srv} is given up until a reload: requests of ` +
        `${byOriginator.size} originators have killed it`;
      return { outcome: 'unavailable', reason };
    }
    const killers = byOriginator.get(originator)?.size ?? 0;
    if (killers < MOST) return undefined;
    const reason = `not tried until a reload: ${killers} requests of ${originator} have killed ` +
      `the plugin for ${srv}`;
    return { outcome: 'failed', reason };
  }
}

module.exports = { Killers };
