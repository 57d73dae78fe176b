// SPDX-License-Identifier: Apache-2.0
// The console's page. Whatever comes from a message, a file or the host becomes text, never markup.
"use strict";

const at = (id) => document.getElementById(id);

// element("p", {class: "x"}, "text", child ...)
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// ---- Asking the console -------------------------------------------------------------------------

const kToken = /^#[0-9a-f]{32}$/;

// The token of the address that was opened; then it leaves the address.
function takeToken() {
  if (kToken.test(location.hash)) {
    sessionStorage.setItem("token", location.hash.slice(1));
    history.replaceState(null, "", "/");
  }
  return sessionStorage.getItem("token") ?? "";
}
let token = takeToken();

async function ask(name, question = {}) {
  let reply;
  try {
    reply = await fetch("/ask/" + name, {
      method: "POST",
      headers: {"Content-Type": "application/json", "X-Console-Token": token},
      body: JSON.stringify(question),
    });
  } catch {
    throw new Error("The console does not answer: has its program ended?");
  }
  const answer = await reply.json();
  if (!reply.ok) throw new Error(answer.detail);
  return answer;
}

function trouble(error) {
  at("trouble").hidden = !error;
  at("trouble").textContent = error ? error.message : "";
}

// Runs what a button asks for, and shows what is wrong with it.
async function doing(button, work) {
  if (button.hasAttribute("aria-busy")) return;
  button.setAttribute("aria-busy", "true");  // and not disabled, which would take the focus away
  try {
    await work();
    trouble(null);
  } catch (error) {
    trouble(error);
  } finally {
    button.removeAttribute("aria-busy");
  }
}

// ---- Pages --------------------------------------------------------------------------------------

const kPages = ["rule", "send", "settings", "hubs", "live", "audit", "between", "world"];

function showPage() {
  if (kToken.test(location.hash)) {  // the address of another start, in the same tab
    token = takeToken();
    location.reload();
    return;
  }
  const wanted = location.hash.slice(1);
  if (wanted === "main") return;
  const page = kPages.includes(wanted) ? wanted : kPages[0];
  for (const name of kPages) at("page-" + name).hidden = name !== page;
  if (page === "settings" && at("settings-text").dataset.hash === undefined) doing(at("discard"), readSettings);
  if (page === "live") follow();
  if (page === "between") watchBetween();
  if (page === "audit") doing(at("look-at-head"), lookAtHead);
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === "#" + page) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

// ---- Codes --------------------------------------------------------------------------------------

function kind(code) {
  if (code.startsWith("I")) return ["ok", "\u2713"];
  return /^[EW]/.test(code) ? ["no", "\u2717"] : ["none", "\u2013"];
}

function codeInto(target, code) {
  const [name, mark] = kind(code);
  target.classList.add(name);
  target.replaceChildren(element("span", {"aria-hidden": "true"}, mark + " "), code);
}

// ---- The rule as it runs ------------------------------------------------------------------------

// `live`: the rule as it runs, when this is a candidate's.
function tableOf(rule, srv, index, live = null) {
  const head = element("tr", {}, element("th", {scope: "col"}, "Hub"));
  for (const column of rule.columns)
    head.append(element("th", {scope: "col"}, column.role, element("small", {}, column.note)));
  const body = element("tbody");
  rule.rows.forEach((row, r) => {
    const line = element("tr", {}, element("th", {scope: "row"}, row.hub));
    row.cells[index].forEach((cell, i) => {
      const column = rule.columns[i];
      const was = live?.rows[r].cells[index][i].code ?? cell.code;
      const words = `${live ? "Candidate, " : ""}${srv.srv}, ${column.role} (${column.note}), ${row.hub}: ${cell.code}` +
        `${was === cell.code ? "" : `, and not ${was} as it runs`}. ${cell.reason}`;
      const code = element("button", {type: "button", class: "code", tabindex: "-1", "aria-label": words});
      codeInto(code, cell.code);
      if (was !== cell.code) {
        code.classList.add("differs");
        code.prepend(element("span", {"aria-hidden": "true"}, "\u2260 "));
      }
      code.addEventListener("focus", () => { at("reason").textContent = words; });
      code.addEventListener("mouseenter", () => { at("reason").textContent = words; });
      line.append(element("td", {class: "of-code"}, code));
    });
    body.append(line);
  });
  body.querySelector(".code").tabIndex = 0;
  body.addEventListener("keydown", walk);
  const table = element("table", {[live ? "data-candidate" : "data-srv"]: srv.srv},
    element("caption", {}, `${live ? "Candidate: " : ""}${srv.srv} ${srv.title}`), element("thead", {}, head), body);
  return element("div", {class: "scroll"}, table);
}

// One stop of the tab key a table; the arrow keys walk in it.
function walk(event) {
  const steps = {ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1]};
  const step = steps[event.key];
  const cell = event.target.closest("td");
  if (!step || !cell) return;
  event.preventDefault();
  const row = cell.parentElement;
  const rows = [...row.parentElement.rows];
  const to = rows[rows.indexOf(row) + step[0]]?.cells[cell.cellIndex + step[1]]?.querySelector(".code");
  if (!to) return;
  event.target.tabIndex = -1;
  to.tabIndex = 0;
  to.focus();
}

function decidedBy(rule) {
  return [...new Set(rule.handlers)].filter((name) => name).join("; ");
}

async function askCandidate(live, time) {
  const which = at("beside").value;
  at("candidate").hidden = which === "";
  if (which === "") return;
  const edited = which !== "build";
  if (edited && at("settings-text").dataset.hash === undefined) await readSettings();
  const said = at("candidate-said");
  let rule;
  try {
    rule = await ask("candidate", {at: time, other_build: which !== "settings",
      settings: edited ? at("settings-text").value : (await ask("settings")).text});
  } catch (error) {
    at("candidate-tables").replaceChildren();
    said.textContent = "\u2717 " + error.message;
    return;
  }
  at("candidate-tables").replaceChildren(...rule.srvs.map((srv, index) => tableOf(rule, srv, index, live)));
  const all = at("candidate-tables").querySelectorAll("td").length;
  const differ = at("candidate-tables").querySelectorAll(".differs").length;
  said.textContent = `${differ} of ${all} answers are others. Decided by ${decidedBy(rule) || "nobody"}.`;
}

async function askRule() {
  const day = at("rule-date").value;
  const time = day ? Date.parse(day + "T12:00:00Z") : Date.now();
  const rule = await ask("rule", {at: time});
  at("rule-tables").replaceChildren(...rule.srvs.map((srv, index) => tableOf(rule, srv, index)));
  const deciders = decidedBy(rule);
  at("rule-handlers").textContent = deciders
    ? "Decided by " + deciders : "No plugin answers these Service Requests.";
  await askCandidate(rule, time);
}

// ---- Send ---------------------------------------------------------------------------------------

let srvs = [];
let where = {};  // where requests go, and where keys lie

function userLabel(user) {
  const entry = user.register;
  return entry ? `${user.key}: ${entry.role}, ${entry.status}, ${entry.name}`
    : `${user.key}: not in the host's register`;
}

function field(item) {
  const id = "item-" + item.element;
  const label = element("label", {for: id}, item.element + (item.mandatory ? " *" : ""));
  let input;
  if (item.values.length) {
    input = element("select", {id, "data-item": item.element});
    if (!item.mandatory) input.append(element("option", {value: ""}, ""));
    for (const value of item.values) input.append(element("option", {value}, value));
    input.value = item.standard;
  } else {
    input = element("input", {id, "data-item": item.element, autocomplete: "off"});
    if (item.max_length) {
      input.maxLength = item.max_length;
      label.append(` (${item.max_length} characters at most)`);
    } else if (item.mandatory) {
      label.append(" (empty: the hub's)");
    }
  }
  return element("div", {}, label, input);
}

function showItems() {
  const srv = srvs.find((one) => one.srv === at("send-srv").value);
  at("send-items").replaceChildren(...srv.items.map(field));
}

function questionOfForm() {
  const items = {};
  for (const input of at("send-items").querySelectorAll("[data-item]"))
    if (input.value !== "") items[input.dataset.item] = input.value;
  return {user: at("send-user").value, srv: at("send-srv").value, device: at("send-device").value.trim(), items};
}

// With line ends between elements, to be read.
function readable(document) {
  return document.replaceAll("><", ">\n<");
}

function definitions(pairs) {
  return pairs.flatMap(([term, text]) => [element("dt", {}, term), element("dd", {}, text)]);
}

function factTable(facts) {
  const body = element("tbody");
  for (const fact of facts) {
    const values = fact.values ? Object.entries(fact.values).map(([k, v]) => `${k} ${v}`).join(", ") : "not there";
    body.append(element("tr", {}, element("th", {scope: "row"}, fact.kind), element("td", {}, fact.key),
      element("td", {}, values), element("td", {}, String(fact.revision)), element("td", {}, fact.used ? "yes" : "no")));
  }
  const head = ["What was known", "of", "Answer", "Revision", "Used"].map((t) => element("th", {scope: "col"}, t));
  return element("div", {class: "scroll"}, element("table", {}, element("caption", {}, "Decided on these facts"),
    element("thead", {}, element("tr", {}, ...head)), body));
}

// What was sent, newest last: {question, what, answer}. `question` made the document at first.
let shown = null;

function show(sent) {
  shown = sent;
  const answer = sent.answer, outcome = answer.outcome;
  const title = at("title-result");
  const code = element("span", {class: "code"});
  codeInto(code, answer.code);
  title.replaceChildren(code, " " + answer.meaning);
  at("result-why").textContent = outcome ? outcome.reason : "";
  const signature = answer.signature === null ? "none: this is no DUIS response"
    : answer.signature.verified ? "verified: " + answer.signature.text : "NOT verified: " + answer.signature.text;
  const rows = [["Sent", sent.what], ["RequestID", answer.request_id],
    ["HTTP", String(answer.status)], ["Took", answer.milliseconds.toFixed(1) + " ms"],
    ["Signature of the answer", signature]];
  if (outcome) rows.push(["Decided by", outcome.handler || "the host, before any plugin"],
    ["Decided at", outcome.decided_at], ["Settings", outcome.settings_hash || "none"]);
  at("result-facts").replaceChildren(...definitions(rows));
  at("result-known").replaceChildren(...(outcome ? [factTable(outcome.facts)] : []));
  at("result-document").textContent = readable(answer.document);
  at("result-answer").textContent = readable(answer.answer);
  at("command").hidden = true;
  at("result").hidden = false;
}

const sentHere = [];  // all that was sent, oldest first
const templates = [];  // {name, question}

// Sends, and notes it.
async function exchange(what, question, first = question) {
  const sent = {what, question: first, answer: await ask("send", question)};
  const answer = sent.answer;
  sentHere.push(sent);
  const code = element("span", {class: "code"});
  codeInto(code, answer.code);
  const link = element("button", {type: "button"}, code,
    ` ${first.srv} by ${first.user}, hub ${first.device}: ${what}`);
  link.addEventListener("click", () => { show(sent); at("title-result").focus(); });
  at("history").append(element("li", {}, link));
  return sent;
}

async function send(what, question, first = question) {
  show(await exchange(what, question, first));
  at("title-result").focus();
}

// As many requests at the same time, each with a RequestID of its own.
async function sendForm() {
  const number = Number(at("send-count").value);
  const counter = BigInt(Date.now()) * 1000n;
  const question = questionOfForm();
  at("send-said").textContent = "";
  if (number === 1) return send("a new request", question);
  const ends = await Promise.allSettled(Array.from({length: number}, (_, i) =>
    exchange(`${i + 1} of ${number} at once`, {...question, counter: String(counter + BigInt(i))})));
  const sent = ends.filter((end) => end.status === "fulfilled").map((end) => end.value);
  const codes = {};
  for (const {answer} of sent) codes[answer.code] = (codes[answer.code] ?? 0) + 1;
  const slowest = Math.max(...sent.map(({answer}) => answer.milliseconds));
  at("send-said").textContent = `${number} at once: ` +
    Object.entries(codes).map(([code, times]) => `${code} ${times}`).join(", ") +
    (sent.length ? `; the slowest took ${slowest.toFixed(1)} ms.` : "none was sent.");
  if (sent.length) show(sent.at(-1));
  const failed = ends.find((end) => end.status === "rejected");
  if (failed) throw failed.reason;
}

// As a shell takes it.
function quoted(text) {
  return /^[A-Za-z0-9_.:/=-]+$/.test(text) ? text : "'" + text.replaceAll("'", "'\\''") + "'";
}

// The same octets; the line end behind them is not of the message.
function asCurl(sent) {
  const ca = where.cacert ? ` --cacert ${quoted(where.cacert)}` : "";
  return `curl -sS${ca} -H 'Content-Type: application/xml' --data-binary @- ${quoted(where.service)} <<'END'\n` +
    `${sent.answer.document}\nEND`;
}

// A new request, with a RequestID of its own.
function asClient(sent) {
  const {user, srv, device, items} = sent.question;
  const words = ["duis-client", "send", "--url", where.service, "--key", `${where.keys}/${user}.key`,
    "--cert", `${where.credentials}/${user}.pem`, "--target", where.target, "--srv", srv, "--device", device];
  if (where.cacert) words.push("--cacert", where.cacert);
  for (const item of srvs.find((one) => one.srv === srv).items)
    if (items[item.element] !== undefined) words.push(item.option, items[item.element]);
  return words.map(quoted).join(" ");
}

function showCommand(text) {
  at("command").textContent = text;
  at("command").hidden = false;
  at("command").focus();
}

function keep(question) {
  const name = `${question.srv} by ${question.user}, hub ${question.device || "not chosen"}`;
  templates.push({name, question});
  at("template").append(element("option", {value: String(templates.length - 1)}, name));
}

function fillForm({user, srv, device, items}) {
  at("send-user").value = user;
  at("send-srv").value = srv;
  at("send-device").value = device;
  showItems();
  for (const input of at("send-items").querySelectorAll("[data-item]"))
    if (items[input.dataset.item] !== undefined) input.value = items[input.dataset.item];
}

function exportAll() {
  const text = JSON.stringify({templates, history: sentHere}, null, 1);
  const link = element("a", {download: "duis-console.json",
    href: URL.createObjectURL(new Blob([text], {type: "application/json"}))});
  link.click();
  URL.revokeObjectURL(link.href);
}

async function readTemplates(file) {
  let found;
  try {
    found = JSON.parse(await file.text()).templates;
  } catch {
    found = null;
  }
  const isText = (value) => typeof value === "string";
  const good = Array.isArray(found) && found.length <= 100 && found.every(({question} = {}) => question &&
    isText(question.user) && isText(question.device) && srvs.some((one) => one.srv === question.srv) &&
    question.items && Object.values(question.items).every(isText));
  if (!good) throw new Error(`${file.name}: expected an export of this page, with 100 templates at most`);
  for (const {question} of found) keep(question);
  at("send-said").textContent = `${found.length} templates read from ${file.name}.`;
}

function sameRequestId(sent) {
  const counter = sent.answer.request_id.split(":")[2];
  const items = {...sent.question.items};
  items.AdditionalInformation = items.AdditionalInformation === "another body" ? "yet another body" : "another body";
  return {...sent.question, items, counter};
}

// ---- Toggle SNA ---------------------------------------------------------------------------------

const kAgents = /^([ \t]*(?:SNA|RSA)[ \t]*=[ \t]*)(.*)$/gm;

function agentsAllowed(text) {
  return [...text.matchAll(kAgents)].some((line) => line[2].trim() !== "none");
}

function withAgents(text, value) {
  return text.replace(kAgents, (_, key) => key + value);
}

// On again means as it was before it was switched off, if that is known.
function switched(text, before) {
  if (agentsAllowed(text)) return withAgents(text, "none");
  return agentsAllowed(before) && withAgents(before, "none") === text ? before : withAgents(text, "Pending");
}

function showSwitch() {
  const on = agentsAllowed(at("settings-text").value);
  at("switch").setAttribute("aria-checked", String(on));
  at("switch-state").textContent = on ? "(on)" : "(off)";
}

// The line of the text that a refusal is about; 0: it names none.
function lineOf(text, reason) {
  const number = reason.match(/\.ini:(\d+):/);
  if (number) return Number(number[1]);
  const named = reason.match(/\[([^\]]+)\] ?([A-Za-z_]*)/);
  if (!named) return 0;
  let section = "", found = 0;
  text.split("\n").forEach((line, i) => {
    const head = line.match(/^\s*\[([^\]]+)\]/);
    if (head) section = head[1].trim();
    if (section !== named[1] || (head && found)) return;
    const key = line.match(/^\s*([^;=\s][^=]*?)\s*=/);
    if (head || (key && key[1] === named[2])) found = i + 1;
  });
  return found;
}

function toLine(number) {
  const lines = at("settings-text").value.split("\n");
  const begin = lines.slice(0, number - 1).join("\n").length + (number > 1 ? 1 : 0);
  at("settings-text").focus();
  at("settings-text").setSelectionRange(begin, begin + lines[number - 1].length);
}

function showSettings(settings) {
  at("settings-file").textContent = settings.file;
  at("settings-text").value = settings.text;
  at("settings-text").dataset.hash = settings.hash;
  at("rollback").setAttribute("aria-disabled", String(settings.previous === null || settings.previous === settings.text));
  at("rollback").dataset.text = settings.previous ?? "";
  showSwitch();
}

async function readSettings() {
  showSettings(await ask("settings"));
  at("settings-said").textContent = "";
  at("settings-line").hidden = true;
}

async function save(text) {
  const saved = await ask("save", {text, hash: at("settings-text").dataset.hash});
  showSettings(await ask("settings"));
  const said = at("settings-said"), number = saved.live ? 0 : lineOf(text, saved.reason);
  said.classList.toggle("wrong", !saved.live);
  const now = new Date().toLocaleTimeString("en-GB");
  said.textContent = saved.live ? `\u2713 Live ${saved.milliseconds.toFixed(0)} ms after saving, at ${now}.`
    : `\u2717 Not live: ${saved.reason}. What ran before still runs.`;
  at("settings-line").hidden = number === 0;
  if (number > 0) at("to-line").textContent = `Line ${number}: ${text.split("\n")[number - 1]}`;
  at("to-line").dataset.line = String(number);
}

// ---- Hubs ---------------------------------------------------------------------------------------

const kStatuses = ["Pending", "Whitelisted", "InstalledNotCommissioned", "Commissioned", "Decommissioned",
  "Withdrawn", "Suspended", "Recovery", "Recovered"];

function outcomeTable(outcomes, caption, none) {
  const body = element("tbody");
  for (const outcome of outcomes) {
    const code = element("td", {class: "code"});
    codeInto(code, outcome.code);
    body.append(element("tr", {}, element("th", {scope: "row"}, outcome.decided_at), element("td", {}, outcome.srv),
      element("td", {}, `${outcome.role} ${outcome.originator}`), code,
      element("td", {}, outcome.reason + (outcome.repeated ? " (repeated)" : ""))));
  }
  const head = ["Decided", "SRV", "By", "Code", "Reason"].map((t) => element("th", {scope: "col"}, t));
  const scroll = element("div", {class: "scroll"}, element("table", {},
    element("caption", {}, caption),
    element("thead", {}, element("tr", {}, ...head)), body));
  return outcomes.length ? scroll : element("p", {}, none);
}

async function lookAtHub(device) {
  const found = await ask("device", {device});
  const known = found.facts.find((fact) => fact.kind === "dcc.device");
  const values = known?.values;
  at("title-hub").textContent = values ? `${device}: ${values.type}, ${values.status}`
    : `${device} is not in the inventory`;
  at("hub-status-form").dataset.device = device;
  at("hub-status-form").dataset.type = values?.type ?? "CHF";
  if (values) at("hub-status").value = values.status;
  const supplier = found.supplier ? `${found.supplier.name} (${found.supplier.role}, ${found.supplier.status})` : "";
  at("hub-relations").replaceChildren(...definitions([
    ["Ordered for", found.ordered_for ? `${found.ordered_for} ${supplier}` : "nobody"],
    ["Agents of that Supplier today", found.agents.map((agent) =>
      `${agent.key}: ${agent.acts ? "appointed" : "not appointed"}`).join("; ") || "no agent's key is here"]]));
  at("hub-outcomes").replaceChildren(outcomeTable(found.outcomes, "What was asked of it, newest first",
    "Nothing was asked of it yet."));
  at("hub").hidden = false;
}

async function setStatus() {
  const {device, type} = at("hub-status-form").dataset;
  await ask("set-device", {device, type, status: at("hub-status").value});
  await lookAtHub(device);
  at("title-hub").focus();
}

// ---- Live ---------------------------------------------------------------------------------------

const kSeconds = 60, kNewest = 15;
let seconds = new Map();  // by Unix second: {ok, no, codes: {"I99": n}}
let swaps = [];           // {second, text}
let newest = [];
let decider = null;       // who has decided last
let place = "", following = false;

function count(outcome) {
  const second = Math.floor(Date.parse(outcome.decided_at) / 1000);
  const bin = seconds.get(second) ?? {ok: 0, no: 0, codes: {}};
  bin[kind(outcome.code)[0] === "ok" ? "ok" : "no"] += 1;
  bin.codes[outcome.code] = (bin.codes[outcome.code] ?? 0) + 1;
  seconds.set(second, bin);
  if (!outcome.handler) return;  // the host itself
  const now = `${outcome.handler}, settings ${outcome.settings_hash.slice(0, 8)}`;
  if (decider !== null && decider !== now) swaps.push({second, text: now});
  decider = now;
}

function svg(name, attributes, ...children) {
  const made = document.createElementNS(at("chart").namespaceURI, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.append(...children);
  return made;
}

function drawChart(now) {
  const width = 10, floor = 130, top = 20;
  const bins = [...seconds].map(([second, bin]) => ({x: (kSeconds - 1 - (now - second)) * width, ...bin}));
  const most = Math.max(1, ...bins.map((bin) => bin.ok + bin.no));
  const high = (number) => number * (floor - top) / most;
  const chart = at("chart");
  chart.replaceChildren(
    svg("defs", {}, svg("pattern", {id: "stripes", width: 4, height: 4, patternUnits: "userSpaceOnUse"},
      svg("path", {class: "stripe", d: "M0 4 L4 0"}))),
    svg("text", {x: 2, y: 10}, `${most} a second`), svg("text", {x: 2, y: 145}, "a minute ago"),
    svg("text", {x: 598, y: 145, "text-anchor": "end"}, "now"));
  for (const bin of bins) {
    chart.append(svg("rect", {class: "bar-ok", x: bin.x, y: floor - high(bin.ok), width: width - 1, height: high(bin.ok)}),
      svg("rect", {class: "bar-no", x: bin.x, y: floor - high(bin.ok + bin.no), width: width - 1, height: high(bin.no)}));
  }
  for (const swap of swaps) {
    const x = (kSeconds - 1 - (now - swap.second)) * width;
    chart.append(svg("line", {class: "swap", x1: x, x2: x, y1: 12, y2: floor}),
      svg("text", {x, y: 10, "text-anchor": x > 300 ? "end" : "start"}, "swap"));
  }
}

function drawLive() {
  const now = Math.floor(Date.now() / 1000);
  for (const second of seconds.keys()) if (second <= now - kSeconds) seconds.delete(second);
  swaps = swaps.filter((swap) => swap.second > now - kSeconds);
  drawChart(now);
  const codes = {};
  for (const bin of seconds.values())
    for (const [code, number] of Object.entries(bin.codes)) codes[code] = (codes[code] ?? 0) + number;
  const body = element("tbody");
  for (const code of Object.keys(codes).sort()) {
    const cell = element("th", {scope: "row", class: "code"});
    codeInto(cell, code);
    body.append(element("tr", {}, cell, element("td", {}, String(codes[code]))));
  }
  const head = ["Code", "In the last minute"].map((t) => element("th", {scope: "col"}, t));
  at("live-codes").replaceChildren(element("table", {}, element("caption", {}, "By code"),
    element("thead", {}, element("tr", {}, ...head)), body));
  at("live-outcomes").replaceChildren(outcomeTable(newest, "Newest first", "Nothing came yet."));
  const said = swaps.map((swap) => `Since ${new Date(swap.second * 1000).toLocaleTimeString("en-GB")} decided by ${swap.text}.`)
    .join(" ");
  if (at("live-said").textContent !== said) at("live-said").textContent = said;
}

function showLoad(load) {
  const ms = load.milliseconds;
  const codes = Object.entries(load.codes).map(([code, number]) => `${code} ${number}`).join(", ") || "none yet";
  const times = ms ? ` Milliseconds from sending to the answer: median ${ms.p50.toFixed(1)}, 95 % ${ms.p95.toFixed(1)}, ` +
    `99 % ${ms.p99.toFixed(1)}, longest ${ms.max.toFixed(1)}.` : "";
  at("load-said").textContent = `The load ${load.running ? "runs" : "has ended"}: sent ${load.sent}, ` +
    `without an answer ${load.failed}${load.failure ? ` (${load.failure})` : ""}; by code: ${codes}.${times}`;
}

async function startLoad() {
  showLoad(await ask("start-load", {user: at("load-user").value, srv: at("load-srv").value,
    device: at("load-device").value.trim(), per_second: Number(at("load-rate").value),
    seconds: Number(at("load-seconds").value)}));
}

// As long as the page is shown.
async function follow() {
  if (following) return;
  following = true;
  let problem = null;
  while (!at("page-live").hidden) {
    try {
      const came = await ask("live", {after: place});
      place = came.resume;
      came.outcomes.forEach(count);
      newest = came.outcomes.reverse().concat(newest).slice(0, kNewest);
      drawLive();
      const load = await ask("load");
      if (load.running || load.sent) showLoad(load);
      if (problem) trouble(null);
      problem = null;
    } catch (error) {
      problem = error;
      trouble(error);
      if (error.message.includes("HTTP 409")) place = "";  // the store was restored: from now on
    }
    await new Promise((done) => setTimeout(done, problem ? 1000 : 200));
  }
  following = false;
}

// ---- Audit --------------------------------------------------------------------------------------

async function lookAtHead() {
  const audit = await ask("audit");
  at("audit-head").replaceChildren(...definitions([
    ["Records", String(audit.cursor)], ["Head", audit.head || "none"], ["Signed", audit.signature ? "yes" : "no"],
    ["Archived", audit.archived ? `up to ${audit.archived}` : "none"],
    ["Store", audit.store ? `${audit.store.id}, epoch ${audit.store.epoch}` : "without an identity"]]));
}

async function verifyTrail() {
  const verified = await ask("verify");
  at("verify-said").hidden = false;
  at("verify-said").classList.toggle("wrong", !verified.whole);
  at("verify-said").textContent = (verified.whole ? "\u2713 " : "\u2717 ") + verified.said;
  await lookAtHead();
}

async function showRecord(name) {
  const record = await ask("record", /^\d+$/.test(name) ? {cursor: Number(name)} : {request_id: name});
  const code = element("span", {class: "code"});
  codeInto(code, record.code);
  at("title-record").replaceChildren(`Record ${record.cursor}: `, code, ` ${record.srv}`);
  at("record-why").textContent = record.reason;
  at("decided-again").textContent = "";
  at("decide-again").dataset.cursor = String(record.cursor);
  at("record-entries").replaceChildren(...definitions([
    ["RequestID", record.request_id], ["By", record.role || "not in the register"],
    ["Hub", record.device_id ?? "none"], ["Received", record.received_at], ["Decided", record.decided_at],
    ["Decided by", record.handler || "the host, before any plugin"], ["Settings", record.settings_hash || "none"],
    ["Accepted before", record.repeated ? "yes, another return of this hub" : "no"], ["Hash", record.hash]]));
  at("record-known").replaceChildren(factTable(record.facts));
  at("record-request").textContent = readable(record.request);
  at("record-response").textContent = readable(record.response);
  at("record").hidden = false;
  at("title-record").focus();
}

async function decideAgain() {
  const {was, now} = await ask("decide-again", {cursor: Number(at("decide-again").dataset.cursor)});
  const same = was.code === now.code;
  const code = element("span", {class: "code"});
  codeInto(code, now.code);
  at("decided-again").replaceChildren(same ? "The same again: " : `Not the same: it was ${was.code}, and now is `, code,
    ` ${now.reason}` + (now.handler ? ` (${now.handler})` : ""));
}

// ---- In between ---------------------------------------------------------------------------------

const kExchanges = 50;  // as many are kept
let seenBetween = 0, watching = false;

function exchangeItem(exchange) {
  const [line] = exchange.request.split(/\r?\n/, 1);
  const summary = element("summary", {});
  if (exchange.code) {
    const code = element("span", {class: "code"});
    codeInto(code, exchange.code);
    summary.append(code, " ");
  }
  summary.append(`${exchange.meaning ? exchange.meaning + "; " : ""}${exchange.what}`);
  const title = `${new Date(exchange.at).toLocaleTimeString("en-GB")}, ${line}, from ${exchange.client}, ` +
    `${exchange.milliseconds.toFixed(1)} ms`;
  const item = element("li", {value: String(exchange.number)}, element("details", {}, summary,
    element("p", {}, title), element("pre", {tabindex: "0", "aria-label": "What the client sent"}, exchange.request)));
  if (exchange.answer)
    item.firstChild.append(element("pre", {tabindex: "0", "aria-label": "What was answered"}, exchange.answer));
  return item;
}

function faultText({kind, milliseconds, requests}) {
  if (requests === 0) return "Everything is passed on.";
  const of = requests === 1 ? "The next request: " : `The next ${requests} requests: `;
  const words = at("fault-kind").querySelector(`option[value='${kind}']`).textContent;
  return of + words + (kind === "delay" ? `, by ${milliseconds} ms.` : ".");
}

async function lookBetween() {
  const came = await ask("between", {after: seenBetween});
  at("between-url").textContent = `${location.protocol}//127.0.0.1:${came.port}${new URL(where.service).pathname}`;
  for (const exchange of came.exchanges) {
    if (exchange.number <= seenBetween) continue;  // by another look, meanwhile
    at("exchanges").prepend(exchangeItem(exchange));
    seenBetween = exchange.number;
  }
  while (at("exchanges").children.length > kExchanges) at("exchanges").lastChild.remove();
  at("between-none").hidden = seenBetween > 0;
  const said = faultText(came.fault);
  if (at("fault-said").textContent !== said) at("fault-said").textContent = said;
}

async function setFault(fault) {
  await ask("set-fault", fault);
  await lookBetween();
}

// As long as the page is shown; asked once the page knows its host.
async function watchBetween() {
  if (watching) return;
  watching = true;
  let problem = null;
  while (!at("page-between").hidden) {
    try {
      if (where.service) await lookBetween();
      if (problem) trouble(null);
      problem = null;
    } catch (error) {
      problem = error;
      trouble(error);
    }
    await new Promise((done) => setTimeout(done, 300));
  }
  watching = false;
}

// ---- World --------------------------------------------------------------------------------------

async function reset() {
  const done = await ask("reset");
  at("reset-said").hidden = false;
  at("reset-said").textContent = done.said;
}

function listen() {
  at("rule-form").addEventListener("submit", (event) => {
    event.preventDefault();
    doing(event.submitter, askRule);
  });
  at("send-srv").addEventListener("change", showItems);
  at("send-form").addEventListener("submit", (event) => {
    event.preventDefault();
    doing(event.submitter, sendForm);
  });
  at("keep").addEventListener("click", () => keep(questionOfForm()));
  at("template").addEventListener("change", (event) => {
    if (event.currentTarget.value !== "") fillForm(templates[Number(event.currentTarget.value)].question);
  });
  at("as-curl").addEventListener("click", () => showCommand(asCurl(shown)));
  at("as-client").addEventListener("click", () => showCommand(asClient(shown)));
  at("export").addEventListener("click", exportAll);
  at("templates-file").addEventListener("change", (event) => {
    const [file] = event.currentTarget.files;
    event.currentTarget.value = "";  // so that the same file, changed, can be chosen again
    if (file) doing(event.currentTarget, () => readTemplates(file));
  });
  at("again").addEventListener("click", (event) => doing(event.currentTarget, () =>
    send("the same octets again", {document: shown.answer.document, change: false}, shown.question)));
  at("change").addEventListener("click", (event) => doing(event.currentTarget, () =>
    send("one digit changed after signing", {document: shown.answer.document, change: true}, shown.question)));
  at("other").addEventListener("click", (event) => doing(event.currentTarget, () => {
    const question = sameRequestId(shown);
    return send("the same RequestID, another body", question, question);
  }));
  at("switch").addEventListener("click", (event) =>
    doing(event.currentTarget, () => save(switched(at("settings-text").value, at("rollback").dataset.text))));
  at("settings-text").addEventListener("input", showSwitch);
  at("settings-form").addEventListener("submit", (event) => {
    event.preventDefault();
    doing(event.submitter, () => save(at("settings-text").value));
  });
  at("rollback").addEventListener("click", (event) => {
    if (event.currentTarget.ariaDisabled === "true") return;
    doing(event.currentTarget, () => save(at("rollback").dataset.text));
  });
  at("discard").addEventListener("click", (event) => doing(event.currentTarget, readSettings));
  at("to-line").addEventListener("click", (event) => toLine(Number(event.currentTarget.dataset.line)));
  at("hub-form").addEventListener("submit", (event) => {
    event.preventDefault();
    doing(event.submitter, async () => {
      await lookAtHub(at("hub-device").value.trim());
      at("title-hub").focus();
    });
  });
  at("hub-status-form").addEventListener("submit", (event) => {
    event.preventDefault();
    doing(event.submitter, setStatus);
  });
  at("load-form").addEventListener("submit", (event) => {
    event.preventDefault();
    doing(event.submitter, startLoad);
  });
  at("stop-load").addEventListener("click", (event) =>
    doing(event.currentTarget, async () => showLoad(await ask("stop-load"))));
  at("look-at-head").addEventListener("click", (event) => doing(event.currentTarget, lookAtHead));
  at("verify").addEventListener("click", (event) => doing(event.currentTarget, verifyTrail));
  at("record-form").addEventListener("submit", (event) => {
    event.preventDefault();
    doing(event.submitter, () => showRecord(at("record-name").value.trim()));
  });
  at("decide-again").addEventListener("click", (event) => doing(event.currentTarget, decideAgain));
  at("fault-form").addEventListener("submit", (event) => {
    event.preventDefault();
    doing(event.submitter, () => setFault({kind: at("fault-kind").value,
      milliseconds: Number(at("fault-time").value), requests: Number(at("fault-requests").value)}));
  });
  at("no-fault").addEventListener("click", (event) =>
    doing(event.currentTarget, () => setFault({kind: "none", milliseconds: 0, requests: 0})));
  at("reset").addEventListener("click", (event) => doing(event.currentTarget, reset));
  window.addEventListener("hashchange", showPage);
}

// ---- The host -----------------------------------------------------------------------------------

const kLookEvery = 1000;
let live = null;  // what was live when it was looked last

function liveText(state) {
  const plugins = state.plugins.map((plugin) => {
    const what = plugin.live
      ? `${plugin.id} ${plugin.version} (build ${plugin.build}, settings ${plugin.live_settings.slice(0, 8)}) is live`
      : `${plugin.file} is not live`;
    return plugin.refused ? `${what}; what lies there is refused: ${plugin.reason}` : what;
  });
  return (plugins.length ? plugins.join("; ") : "no plugin is live") + `. The host is ${state.health.status}.`;
}

// What does not change while the console runs; the host has to be there for it.
async function start() {
  const start = await ask("start");
  srvs = start.srvs;
  document.querySelector("nav a[href='#settings']").hidden = !start.edits;
  document.querySelector("nav a[href='#world']").hidden = !start.resets;
  at("hub-status-form").hidden = !start.imports;
  at("verify").hidden = !start.imports;
  for (const part of document.querySelectorAll(".tries")) part.hidden = !start.tries;
  for (const option of at("beside").options) {
    if (option.value === "settings") option.hidden = option.disabled = !start.imports;
    if (option.value === "build" || option.value === "both") option.hidden = option.disabled = !start.other_build;
  }
  at("hub-status").replaceChildren(...kStatuses.map((status) => element("option", {value: status}, status)));
  at("offered").replaceChildren(...start.hubs.map((hub) => element("option", {value: hub})));
  at("service").textContent = start.service;
  where = start;
  for (const form of ["send", "load"]) {
    at(form + "-user").replaceChildren(
      ...start.users.map((user) => element("option", {value: user.key}, userLabel(user))));
    at(form + "-srv").replaceChildren(
      ...srvs.map((srv) => element("option", {value: srv.srv}, `${srv.srv} ${srv.title}`)));
  }
  showItems();
}

async function look() {
  if (document.visibilityState === "visible") {
    try {
      if (srvs.length === 0) await start();
      const state = await ask("state");
      const text = liveText(state);
      const now = state.plugins.map((plugin) => plugin.live_hash + plugin.live_settings).join();
      if (at("host").textContent !== text) at("host").textContent = text;
      if (now !== live) {
        live = now;
        await askRule();
        trouble(null);
      }
    } catch (error) {
      live = null;
      const text = "\u2717 " + error.message;
      if (at("host").textContent !== text) at("host").textContent = text;
    }
  }
  setTimeout(look, kLookEvery);
}

listen();
showPage();
if (token) look();
else trouble(new Error("Open the address that duis-client console has printed: it ends with the token of this start."));
