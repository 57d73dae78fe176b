// SPDX-License-Identifier: Apache-2.0
//
// Plugins in a process apart: dcc-decide as a child, with many requests in it at once.
//
// When it ends, or has to be killed because a request hangs, it is started again. Handlers are
// pure, so the requests that were inside are repeated: one at a time, so that it shows which kills.
// That one fails; the others, and those that came meanwhile, are served.
'use strict';

const { Child } = require('./child');
const { Killers } = require('./killers');
const { DccError } = require('./messages');
const { Plugins } = require('./plugins');

const MAX_MESSAGE = 1048576;
const MOST_MS = 60_000; // no deadline is further away than this
const LONGEST_PAUSE_MS = 30_000; // between starts that failed

const isClosed = () => new DccError(DccError.INVALID, 'closed');

// A line that is to be answered, maybe by another child than the first it was sent to. `who` asks
// for a decision; without: for something else.
class Sent {
  constructor(body, who, patienceMs) {
    Object.assign(this, { body, who, patienceMs });
    this.promise = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
  }

  answer({ answer, error }) {
    if (error) this.reject(new DccError(error.status, error.reason));
    else this.resolve(answer);
  }

  fail(outcome, reason) {
    if (this.who) this.resolve({ outcome, reason });
    else this.reject(new DccError(DccError.NOT_NOW, reason));
  }
}

class ProcessApart extends Plugins {
  #start;
  #graceMs;
  #child = null; // null: it is being started
  #lastId = 0;
  #inside = new Map();
  #alone = null; // the only one inside, because it may be a killer
  #suspects = [];
  #waiting = []; // until no suspect is left
  #killers = new Killers();
  #isDown = null; // why it does not start
  #isClosed = false;
  #endPause = () => {};
  #run;

  constructor(start, graceMs) {
    super();
    this.#start = start;
    this.#graceMs = graceMs;
  }

  async open() {
    this.#use(await this.#start());
    this.#run = this.#keepRunning();
    return this;
  }

  decideText(message) {
    const octets = Buffer.from(message);
    if (octets.length > MAX_MESSAGE) {
      const reason = `the message has ${octets.length} octets, expected ${MAX_MESSAGE} at most`;
      return Promise.reject(new DccError(DccError.INVALID, reason));
    }
    let said = null;
    try {
      said = JSON.parse(octets);
    } catch { /* which dcc-decide will say, better */ }
    const left = Number(said?.deadline) - Date.now();
    const patienceMs = Math.min(Math.max(left || 0, 0), MOST_MS) + this.#graceMs;
    // A line end is a space to JSON wherever it may stand; so is a carriage return.
    for (let i = octets.indexOf(10); i >= 0; i = octets.indexOf(10, i)) octets[i] = 13;
    return this.#send(['"decide":', octets], Killers.who(said ?? {}), patienceMs);
  }

  state() {
    return this.#send(['"state":true']);
  }

  async reload(every = false) {
    const state = await this.#send([`"reload":"${every ? 'all' : 'changed'}"`]);
    this.#killers.clear();
    return state;
  }

  log() {
    return this.#send(['"log":true']);
  }

  async close() {
    this.#isClosed = true;
    this.#endPause();
    this.#child?.noMore();
    const kill = setTimeout(() => this.#child?.kill(), this.#graceMs);
    await this.#run;
    clearTimeout(kill);
  }

  #send(body, who, patienceMs) {
    if (this.#isClosed) return Promise.reject(isClosed());
    const sent = new Sent(body, who, patienceMs);
    if (this.#isDown !== null) sent.fail('unavailable', this.#isDown);
    else if (!this.#child || this.#alone) this.#waiting.push(sent);
    else this.#letIn(sent);
    return sent.promise;
  }

  #letIn(sent) {
    const refusal = sent.who && this.#killers.refusal(sent.who);
    if (refusal) {
      sent.resolve(refusal);
      return false;
    }
    const id = ++this.#lastId;
    this.#inside.set(id, sent);
    if (sent.patienceMs) sent.timer = setTimeout(() => this.#child?.kill(), sent.patienceMs);
    const line = [`{"id":${id},`, ...sent.body, '}'];
    this.#child.send(Buffer.concat(line.map((part) => Buffer.from(part))));
    return true;
  }

  #use(child) {
    this.#child = child;
    child.onLine = (line) => this.#answered(JSON.parse(line));
    if (this.#isClosed) child.noMore();
  }

  #answered(line) {
    const sent = this.#inside.get(line.id);
    if (!sent) return;
    this.#inside.delete(line.id);
    clearTimeout(sent.timer);
    sent.answer(line);
    if (sent === this.#alone) this.#goOn();
  }

  // Tries the next suspect alone; if there is none, lets in all that wait.
  #goOn() {
    this.#alone = null;
    while (this.#suspects.length > 0) {
      const suspect = this.#suspects.shift();
      if (!this.#letIn(suspect)) continue;
      this.#alone = suspect;
      return;
    }
    for (const sent of this.#waiting.splice(0)) this.#letIn(sent);
  }

  async #keepRunning() {
    while (this.#child) {
      this.#hasEnded(await this.#child.end());
      await this.#restart();
    }
    for (const sent of [...this.#suspects, ...this.#waiting]) sent.reject(isClosed());
  }

  #hasEnded(how) {
    this.#child = null;
    for (const sent of this.#inside.values()) clearTimeout(sent.timer);
    if (this.#alone) {
      if (this.#alone.who) this.#killers.add(this.#alone.who);
      this.#alone.fail('failed', `dcc-decide ${how}, twice, with this request inside`);
    } else {
      this.#suspects.push(...this.#inside.values());
    }
    this.#alone = null;
    this.#inside.clear();
  }

  async #restart() {
    for (let pauseMs = 1000; !this.#isClosed; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      try {
        const child = await this.#start();
        this.#isDown = null;
        this.#use(child);
        this.#goOn();
        return;
      } catch (error) {
        this.#isDown = error.message;
        for (const sent of [...this.#suspects.splice(0), ...this.#waiting.splice(0)]) {
          sent.fail('unavailable', this.#isDown);
        }
        await new Promise((resolve) => {
          this.#endPause = resolve;
          setTimeout(resolve, pauseMs).unref();
        });
      }
    }
  }
}

function open(options, { program = 'dcc-decide', graceMs = 5000 } = {}) {
  return new ProcessApart(() => Child.start(program, options), graceMs).open();
}

module.exports = { open };
