/* SPDX-License-Identifier: Apache-2.0
 *
 * dcc/duis.h - DUIS messages in and out, for any language: six functions, messages of JSON.
 *
 * The idea: an adaptor that reads DUIS needs nothing of this. One that does not gives the octets
 * that a client sent to dccd_read() and gets what they say, once the schema, the signature and the
 * header have been checked. `request` of that answer is dcch_decide()'s message (dcc/host.h), but
 * for the facts; `response` is dccd_write()'s, but for code and time:
 *
 *   octets -> dccd_read() -> request, + facts -> dcch_decide() -> code, + response -> dccd_write()
 *
 * A library apart (libdcc-duis-c.so.1), because it needs what libdcc-host-c must not: OpenSSL 3,
 * Xerces-C++ 3.2 and, as Xerces-C++ is C++, the shared libstdc++.
 *
 * Rules: those of dcc/host.h for threads, messages (text in, text out, `out` and `cap`, statuses of
 * plugin.h), EUI-64, numbers, words, errors, lifetime, processes and growth (symbol version
 * DCC_DUIS_1.N). Beside them:
 *   Refusals   What a client has sent is never an error: it has an answer, of kind "not_valid" or
 *              "signature". A negative result is about what you gave.
 *   Failing    Closed: only an answer of kind "request" is a request. Until the first dccd_reload()
 *              that goes well, reading and writing are DCC_NOT_NOW.
 *   Files      Certificates and keys, and the directories on the way to them, belong to root or
 *              this user and are writable by their owner only; the key is readable by its owner
 *              only. They are read in dccd_reload(); the schema is, in dccd_new().
 *   Xerces-C++ Shared with whoever else uses this version of it in the process: its network access
 *              is removed for good, and schemas measure texts in characters as XML Schema has it.
 *   OpenSSL    A program that has another OpenSSL linked into it and shows its symbols, as Node.js
 *              does, opens the library with RTLD_DEEPBIND.
 *   Platforms  Linux with the libraries that it was built with: of Debian 12, or your own build.
 */
#ifndef DCC_DUIS_H
#define DCC_DUIS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DCC_DUIS_MAJOR 1
#define DCC_DUIS_MINOR 0
#define DCCD_API __attribute__((visibility("default")))

/* A longer DUIS message is not valid. Options and fields: DCCH_MAX_MESSAGE of dcc/host.h. */
#define DCCD_MAX_OCTETS 1048576

typedef struct dccd dccd; /* a schema, whose signatures are accepted, and who signs */

/* [any] major << 16 | minor of the library. */
DCCD_API uint32_t dccd_abi(void);

/* [control] Makes one, and compiles the schema; knows nobody yet. `options`:
 *   {"certificates": "/etc/me/certificates",   of Users, their CAs, revocation lists: *.pem, *.crt,
 *                                              *.cer, *.der, *.p7b, *.p7c, *.crl; PEM, DER, PKCS #7
 *    "control_broker": "90-B3-D5-1F-30-00-00-02",   the target that every request has to name
 *    "trust_anchor": "/etc/me/root.pem",       optional: that certificates must chain to; absent:
 *                                              they are trusted because they are there
 *    "certificate": "/etc/me/me.pem",          optional, both or neither: what signs responses;
 *    "key": "/etc/me/me.key",                  absent: they are not signed
 *    "schema": "/etc/me/DUIS.xsd",             optional: with what it imports beside it; absent:
 *                                              the header, and the bodies of 8.14.3 and 8.14.4
 *    "schema_versions": "2.0-5.4"}             optional: which are accepted, decimals and ranges,
 *                                              ends included; absent: these
 * Paths are absolute. Null: `error` says why, ended by NUL. */
DCCD_API dccd* dccd_new(const char* options, size_t size, char* error, size_t cap);

/* [control] Reads certificates, revocation lists and the signing key anew, and replaces those in
 * use in one step; calls under way end with what they began with.
 *   {"certificates": 12, "problems": ["/etc/me/certificates/x.pem: ..."],
 *    "signer": {"eui", "issuer", "serial", "not_after": 1767225600000}}
 * problems: what was left out and why, a line each, for the operator. signer: absent if nothing is
 * signed. DCC_INVALID: what signs cannot be used, or no certificate can for a reason such as a
 * revocation list that cannot be read; all stays as it was. An answer that does not fit has been
 * acted on: with more room the files are read once more. */
DCCD_API int64_t dccd_reload(dccd* duis, char* out, size_t cap);

/* [any] Reads and judges a DUIS message as a client sent it, at the time of its receipt. The times
 * go into `request`, for dcch_decide(); of a response the deadline is not looked at.
 *   {"kind": "request",
 *    "request": {"srv", "service_reference", "command_variant", "originator", "target", "counter",
 *                "body_element", "items", "canonical", "received_at", "deadline"},
 *    "response": {"schema_version", "request_id", "service_reference", "srv"},
 *    "device_id": "00-DB-...",                 the body's; absent if it has none
 *    "digest": "<sha256>",                     of the canonical octets, in hexadecimal: what "the
 *                                              same request" means; keep it with the request_id
 *    "signer": {"eui", "issuer", "serial"}}    the certificate; its EUI-64 is the originator
 *   {"kind": "response", "response": as above, without a request_id if it has none,
 *    "code": "I99", "date_time": "2026-11-24T03:05:42.123Z", "items", "digest", "signer"}
 *   {"kind": "not_valid", "reason": "line 1, column 31: ...", "request_id"}      HTTP 400
 *   {"kind": "signature", "reason": "the certificate is expired", "request_id"}  HTTP 403
 * request_id of a refusal: if it is known; not authentic. reason: one line, for the log and the
 * client; may hold text of the message. Treat a kind that you do not know as "not_valid".
 * dcch_decide() takes every `request`, with 64 KiB of facts: what would be no word there, or too
 * large, is not valid. What is left to you is what needs a memory: has this request_id been
 * answered before? The same digest: the same response again; another: 409. */
DCCD_API int64_t dccd_read(dccd* duis, const void* octets, size_t size, int64_t received_at,
                           int64_t deadline, char* out, size_t cap);

/* [any] Writes a response: XML in UTF-8, which holds no NUL. `fields`:
 *   {"schema_version": "5.4", "request_id": "90-...:90-...:17",
 *    "service_reference": "8.14", "srv": "8.14.3",     so far `response` of dccd_read()
 *    "code": "E5", "time": 1767225601500}
 * DCC_INVALID: it would not be valid by the schema. DCC_NOT_NOW: dccd_reload() has not gone well
 * yet, or the certificate is not valid at that time: nobody would accept the signature (HTTP 503).
 * Signed anew each time, and never twice the same: keep what you have sent. */
DCCD_API int64_t dccd_write(dccd* duis, const char* fields, size_t size, char* out, size_t cap);

/* [control] Returns when the calls under way have ended. Later calls get DCC_INVALID. Null is
 * allowed. */
DCCD_API void dccd_free(dccd* duis);

#ifdef __cplusplus
}
#endif

#endif /* DCC_DUIS_H */
