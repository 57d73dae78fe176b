/* SPDX-License-Identifier: Apache-2.0
 *
 * dcc/host.h - the adaptor's side of plugins, for any language: eight functions, messages of JSON.
 *
 * The idea: no struct, no callback and no handle of a request crosses; only text does, because that
 * is what every language's foreign calls get right, and what also travels through a pipe
 * (dcc-decide, below). Give dcch_decide() what the request says and what you know. It answers with
 * the outcome, or with the questions that the handler would have to ask. Look these up however you
 * look things up (await them, if you do), add the answers, decide again: a handler is a pure
 * function, so asking twice has no effect. Stop after eight rounds: that has failed. Commit the
 * outcome only if everything in `read` still holds.
 *
 * Rules for every function below, unless its comment says otherwise:
 *   Threads    [control] may block, serialised inside; [any] from any thread, any number at once.
 *              No thread of the library's own calls you, and none of yours is kept.
 *   Messages   JSON, UTF-8. What you give is pointer + size, yours, and not kept. What you get is
 *              written to `out`, ended by NUL; the result is its size without that. A result that
 *              is `cap` or more: too small, `out` is empty, come again with more room (nothing has
 *              been consumed). A negative result: minus a dcc_status of plugin.h (DCC_INVALID:
 *              what you gave is wrong; DCC_NOT_NOW: not any more, or not in this process;
 *              DCC_INTERNAL: no memory), and why is in `out`, one line, cut if it does not fit:
 *              "user.role: 7: expected a text ...".
 *   EUI-64     as DUIS spells it, "00-DB-12-34-56-78-90-01", digits in either case: no language of
 *              the web has an unsigned 64-bit number. RequestID's counter is text, too.
 *   Numbers    integers from 0 to 2^53 - 1, written without point and exponent. Times are Unix
 *              milliseconds, up to the year 9999.
 *   Words      texts on one line, 1 to 64 octets (a key: 256; a name or path: 1000), without
 *              characters that are not seen.
 *   Failing    Closed: only "answered" with a code is an outcome. What is not told is unknown,
 *              never "no" and never "yes". A member that is unknown, misspelt, doubled or of the
 *              wrong type makes the whole message DCC_INVALID, at whatever depth: not half
 *              understood.
 *   Errors     Values. Nothing throws, prints or ends the process. A null handle is DCC_INVALID,
 *              and so is one that was freed; no other pointer is checked.
 *   Lifetime   Plugins are held on to inside dcch_decide() only, so nothing that you forget can
 *              block a swap. A handle that was freed costs some octets until the process ends.
 *   Processes  In a forked child a handle of its parent's is DCC_NOT_NOW: make another.
 *              dcch_reload() starts a child (the probe) and waits for it alone.
 *   Growth     As plugin.h: what is published keeps its meaning for all of the major. Minors add
 *              functions (symbol version DCC_HOST_1.N) and optional members; ignore members of an
 *              answer that you do not know, treat an unknown `outcome` as "failed". A major is
 *              another soname (libdcc-host-c.so.1), header and prefix.
 *   Platforms  Linux with glibc 2.34 or newer.
 */
#ifndef DCC_HOST_H
#define DCC_HOST_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DCC_HOST_MAJOR 1
#define DCC_HOST_MINOR 0
#define DCCH_API __attribute__((visibility("default")))

/* Longer messages, and messages with more facts, are DCC_INVALID. */
#define DCCH_MAX_MESSAGE 1048576
#define DCCH_MAX_FACTS 256

typedef struct dcch dcch; /* a directory of plugins, and what of it is live */

/* [any] major << 16 | minor of the library. */
DCCH_API uint32_t dcch_abi(void);

/* [control] Makes one; loads nothing yet. `options`:
 *   {"plugins": "/usr/lib/dcc/plugins",     *.so; like the other paths absolute and required
 *    "settings": "/etc/dcc/plugins.d",      STEM.ini for each STEM.so
 *    "cache": "/var/cache/me/plugins",      private copies, made if absent (0700); not noexec
 *    "probe": "/usr/libexec/dcc/dcc-plugin-probe",
 *    "probe_ms": 10000,                     a plugin that takes longer is refused
 *    "name": "my-adaptor", "version": "4.2",      told to the plugins
 *    "fact_kinds": ["com.example.tariff"],  that you answer beside the contract's own
 *    "watch": true}                         for dcch_changed(); default: false
 * Plugins, settings and probe must be there, belong to root or this user, and be writable by their
 * owner only. Null: `error` says why, ended by NUL. */
DCCH_API dcch* dcch_new(const char* options, size_t size, char* error, size_t cap);

/* [control] Brings what is live in line with the directories, in one step; takes probe_ms for a
 * plugin that hangs in its probe. `all` 0: probes again only what changed, and leaves alone what is
 * still being copied. Zero even if plugins are refused: dcch_state() says it; or minus a status. */
DCCH_API int32_t dcch_reload(dcch* host, int32_t all);

/* [any] Never waits for a reload.
 *   {"plugins": [{"file": "ch-returns.so", "live": true, "refused": false, "reason": "", "id",
 *                 "version", "build", "live_hash", "found_hash", "live_settings",
 *                 "found_settings", "srvs": ["8.14.3", "8.14.4"]}],
 *    "handlers": [{"srv": "8.14.3", "endpoint": "serviceD", "body_element": "CHFFaultReturn",
 *                  "command_variants": [8], "plugin", "version", "build", "settings", "calls",
 *                  "failed", "late", "inside"}]}
 * plugins as the last reload found them, for the operator; handlers as they are now. */
DCCH_API int64_t dcch_state(dcch* host, char* out, size_t cap);

/* [any] 1: files have changed since it was last 1, so reload; 0: they have not within `wait_ms`,
 * or the host is being freed. 0 ms only looks, for a timer or an event loop. One waiter gets each
 * change. -DCC_NOT_NOW without "watch". */
DCCH_API int32_t dcch_changed(dcch* host, int32_t wait_ms);

/* [any] Takes the lines of the log so far, as many as fit:
 *   [{"level": "warning", "source": "ch-returns", "line": "..."}]
 * level: debug, info, warning, error. "[]": none. The library keeps the last 1000; that it dropped
 * some is a line of its own. */
DCCH_API int64_t dcch_log(dcch* host, char* out, size_t cap);

/* [any] Decides a request that you have authenticated.
 *
 * message:
 *   {"srv": "8.14.3", "service_reference": "8.14", "command_variant": 8,
 *    "endpoint": "serviceD",                  optional: absent is not checked
 *    "originator": "90-...", "target": "90-...", "counter": "17",
 *    "body_element": "CHFFaultReturn",
 *    "items": [["DeviceID", "00-DB-..."], ["CHFFaultReturnType", "..."]],
 *    "canonical": "<...>",                    optional
 *    "received_at": 1767225600000, "deadline": 1767225602000,
 *  what you know, all optional:
 *    "user": {"role": "SNA", "status": "Active", "revision": 2},
 *    "devices": {"00-DB-...": {"type": "CHF", "status": "Pending", "revision": 7}, "00-...": null},
 *    "acts": [{"agent": "90-...", "device": "00-DB-...", "at": 1767225600000, "holds": true,
 *              "revision": 3}],
 *    "facts": [{"kind": "com.example.tariff", "key": "...", "values": {"name": "value"},
 *               "revision": 9}],
 *    "unavailable": "the database is down"}
 * user: the originator's. A user, device or values that is null is not there. `acts` without a
 * device: for any Supplier; of `at` the UTC day counts. A revision rises whenever the answer does
 * change; if you have none, say 0, and compare answers at the commit. `unavailable`: what is not
 * told cannot be found out now.
 * The same question may be answered twice (two times of one day, an EUI-64 in both cases) if the
 * answers and revisions are the same; if they contradict each other the message is DCC_INVALID: we
 * do not choose, and to ask again would bring both again.
 *
 * answer:
 *   {"outcome": "answered", "code": "I99", "reason": "...",
 *    "plugin": "ch-returns", "version", "build", "settings": "<sha256>",
 *    "read": {"user": {...}, "devices": {...}, "acts": [...], "facts": [...]}}
 * outcome:
 *   answered     code is the response's; commit it if what was used, in `read` as given, holds
 *   asks         "questions": [{"ask": "user"}, {"ask": "device", "device": "00-DB-..."},
 *                {"ask": "acts", "agent", "device", "at"}, {"ask": "fact", "kind", "key"}]
 *                Those of one answer go together; each is answered by the member of its name.
 *   not_valid    reason is for the client: HTTP 400
 *   no_handler   nobody answers this SRV: 501
 *   unavailable  what you could not tell was needed: 503
 *   failed       the plugin failed: 500
 * reason is for the log; plugin to settings are there if a plugin was asked. What every adaptor has
 * to check is decided before that, in this order: 501, E13 (endpoint), E12 (command variant), 400
 * (body element, service reference), E1 (no such user), E3 (not Active). */
DCCH_API int64_t dcch_decide(dcch* host, const char* message, size_t size, char* out, size_t cap);

/* [control] Withdraws everything; returns when the calls under way have ended, those that wait in
 * dcch_changed() at once. Later calls get DCC_INVALID. Null is allowed. Not from a finalizer that
 * may run while a decision of the same thread is under way: it would wait for itself. */
DCCH_API void dcch_free(dcch* host);

/* ---- dcc-decide: the same in a process apart ----------------------------------------------------
 * For those who want no foreign code in their process, or have no foreign calls: dcc-decide
 * OPTIONS.json, with the options of dcch_new(), reads one JSON text per line from standard input,
 * and with --socket PATH also from each connection there. It answers each with one line, in any
 * order, repeating "id", a text or an integer of yours:
 *   {"id": 1, "decide": {message}}   {"id": 1, "answer": {as dcch_decide() answers}}
 *   {"id": 2, "state": true}         {"id": 2, "answer": {as dcch_state()}}
 *   {"id": 3, "reload": "changed"}   {"id": 3, "answer": {as dcch_state()}}; or "all"
 *   {"id": 4, "log": true}           {"id": 4, "answer": [as dcch_log()]}
 *   what was wrong                   {"id": 5, "error": {"status": 3, "reason": "..."}}
 * The status is a dcc_status; the id is null if none could be read. Written as {"id":1,"decide":M},
 * without spaces, it is told even if M is no JSON, and what is wrong with M by M's own octets.
 *
 * It loads what is there before it reads, watches, and reloads by itself. It ends when standard
 * input ends: start it as a child; or at SIGTERM. A plugin that crashes ends it by the signal:
 * start it again, and repeat what was not answered, one request at a time, so that you see which
 * one kills: its outcome is "failed". A hang past the deadline counts as a crash. The socket has
 * mode 0600, and only this user and root are answered; on it "decide" and "state" only. Lines
 * are DCCH_MAX_MESSAGE + 1024 octets at most. */

#ifdef __cplusplus
}
#endif

#endif /* DCC_HOST_H */
