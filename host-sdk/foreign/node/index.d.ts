// SPDX-License-Identifier: Apache-2.0
//
// The face of both ways to plugins. What messages and answers mean stands in dcc/host.h of the SDK.
// EUI-64s are texts: eui64() spells a BigInt.

export interface User {
  role: string;
  status: string;
  revision: number;
}

export interface Device {
  type: string;
  status: string;
  revision: number;
}

/** Does `agent` act on the day of `at`; without a device: for any Supplier. */
export interface Acts {
  agent: string;
  device?: string;
  at: number;
  holds: boolean;
  revision: number;
}

export interface Fact {
  kind: string;
  key: string;
  values: Record<string, string> | null;
  revision: number;
}

/** What the adaptor knows. null: it is not there; a member that is absent: not told yet. */
export interface Facts {
  user?: User | null;
  devices?: Record<string, Device | null>;
  acts?: Acts[];
  facts?: Fact[];
  unavailable?: string;
}

/** A request that has been authenticated, and facts that are known already. */
export interface Request extends Facts {
  srv: string;
  service_reference: string;
  command_variant: number;
  endpoint?: string;
  originator: string;
  target: string;
  /** Of the RequestID: 64 bits, so no number. */
  counter: string | bigint;
  body_element: string;
  items: [path: string, value: string][];
  canonical?: string;
  /** Unix milliseconds. */
  received_at: number;
  deadline: number;
}

export type Question =
  | { ask: 'user' }
  | { ask: 'device'; device: string }
  | { ask: 'acts'; agent: string; device?: string; at: number }
  | { ask: 'fact'; kind: string; key: string };

/** Only "answered" is an outcome to commit, if everything in `read` still holds. */
export type Answer = Asked & (
  | { outcome: 'answered'; code: string; reason: string; read: Facts }
  | { outcome: 'asks'; questions: Question[] }
  | { outcome: 'not_valid' | 'no_handler' | 'unavailable' | 'failed'; reason: string });

/** The plugin that was asked, if one was. */
interface Asked {
  plugin?: string;
  version?: string;
  build?: string;
  settings?: string;
}

/** Is asked the open questions, at most eight times, and gives what it found. */
export type Lookup = (questions: Question[]) => Facts | Promise<Facts>;

export interface State {
  plugins: {
    file: string; live: boolean; refused: boolean; reason: string; id: string; version: string;
    build: string; live_hash: string; found_hash: string; live_settings: string;
    found_settings: string; srvs: string[];
  }[];
  handlers: {
    srv: string; endpoint: string; body_element: string; command_variants: number[];
    plugin: string; version: string; build: string; settings: string; calls: number;
    failed: number; late: number; inside: number;
  }[];
}

export interface LogLine {
  level: 'debug' | 'info' | 'warning' | 'error';
  source: string;
  line: string;
}

/** After close() every call is rejected with a DccError. */
export interface Plugins {
  /**
   * Decides; without a lookup the answer may be "asks". What the lookup throws rejects this.
   * DccError: the request or what was found is wrong; it names the member and the value.
   */
  decide(request: Request, lookup?: Lookup): Promise<Answer>;
  /** One round for a message of JSON, as it is. */
  decideText(message: string | Uint8Array): Promise<Answer>;
  state(): Promise<State>;
  /**
   * Brings what is live in line with the directories, now. `every`: tries again also what has not
   * changed.
   */
  reload(every?: boolean): Promise<State>;
  /** Takes the lines of the log so far. */
  log(): Promise<LogLine[]>;
  /** Withdraws everything, when the calls under way have ended. Twice is once. */
  close(): Promise<void>;
}

/** Of dcch_new(); a text is the path of a file with them. */
export type Options = string | {
  plugins: string; settings: string; cache: string; probe: string; probe_ms?: number;
  name?: string; version?: string; fact_kinds?: string[]; watch?: boolean;
};

/** A call that was not carried out. */
export class DccError extends Error {
  static readonly INVALID: 3;
  static readonly NOT_NOW: 5;
  static readonly INTERNAL: 6;
  /** A dcc_status of dcc/plugin.h. */
  readonly status: number;
}

/** 90-B3-D5-1F-30-01-00-00 for 0x90B3D51F30010000n. */
export function eui64(number: bigint): string;

/**
 * Plugins in this process. Loads what is in the directories, and whenever their files change,
 * unless the options have watch: false. A plugin that crashes takes this process along.
 */
export function inProcess(options: Options, more?: { library?: string }): Promise<Plugins>;

/**
 * Plugins in a process apart, with the same face. `graceMs`, by default 5000: how long past its
 * deadline a request that was not answered is one that hangs.
 */
export function processApart(
  options: Options, more?: { program?: string; graceMs?: number }): Promise<Plugins>;

/** What a response repeats of its request. */
export interface Reply {
  schema_version: string;
  request_id: string;
  service_reference: string;
  srv: string;
}

export interface Certificate {
  eui: string;
  issuer: string;
  serial: string;
}

/** What a DUIS message says. Only one of kind "request" is a request. */
export type Message =
  | { kind: 'request'; request: Request; response: Reply; device_id?: string; digest: string;
      signer: Certificate }
  | { kind: 'response'; response: Omit<Reply, 'request_id'> & { request_id?: string };
      code: string; date_time: string; items: [path: string, value: string][]; digest: string;
      signer: Certificate }
  | { kind: 'not_valid'; reason: string; request_id?: string }
  | { kind: 'signature'; reason: string; request_id?: string };

export interface Loaded {
  certificates: number;
  problems: string[];
  signer?: Certificate & { not_after: number };
}

/** Of dccd_new(). */
export interface DuisOptions {
  certificates: string; control_broker: string; trust_anchor?: string; certificate?: string;
  key?: string; schema?: string; schema_versions?: string;
}

/**
 * DUIS messages in and out: the functions of dcc/duis.h, which says what they mean. DccError: what
 * was given is wrong, or it is not possible now.
 */
export class Duis {
  /** Loads certificates and key. */
  constructor(options: DuisOptions, more?: { library?: string });
  readonly loaded: Loaded;
  /** Reads certificates and key anew. */
  reload(): Loaded;
  /** Times: Unix milliseconds. */
  read(message: string | Uint8Array, receivedAt: number, deadline: number): Message;
  /** The octets of a response. */
  write(response: Reply, code: string, time: number): Uint8Array;
  close(): void;
}
