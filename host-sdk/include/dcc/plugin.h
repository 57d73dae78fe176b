/* SPDX-License-Identifier: Apache-2.0
 *
 * dcc/plugin.h - the contract between a DCC adaptor (the host) and a plugin that answers Service
 * Requests. It is all that the two share: plain C, no dependency but the C standard's headers.
 *
 * The idea: the plugin decides, the host does. A handler is a pure function of a request that the
 * host has already authenticated, of the facts that the host knows (what the inventory says now),
 * and of the settings that the instance was created with. It opens nothing, stores nothing and
 * reads no clock. The host may therefore call it again for the same request: when a fact has
 * changed before the commit, or when the handler has asked for one that the host had yet to find
 * out.
 *
 * Life of a plugin: the host finds the data symbol DCC_PLUGIN_ENTRY_SYMBOL, checks the entry, and
 *     create -> activate -> (handlers run) -> deactivate -> destroy
 * any number of times; several instances may be alive at once (a changed settings file makes a new
 * instance), so a plugin keeps no mutable globals.
 *
 * Rules that hold for every function below, unless its comment says otherwise:
 *   Threads    [control] one call at a time, never while another [control] call runs;
 *              [worker]  many at once, from any thread;  [any] either.
 *   Ownership  Strings and bytes are pointer + length, owned by the giver and valid until the call
 *              returns; the receiver copies what it keeps. Nothing is allocated on one side and
 *              freed on the other. A host in a language with a garbage collector pins what it gives
 *              for as long: memory that moves is not there any more.
 *   Null       No pointer is null, those of empty arrays included, except where it is said: `data`
 *              of an empty string or bytes, `self` of a handler or a plugin, and `required` of an
 *              entry that requires nothing.
 *   Errors     A dcc_status; zero is success, every other value (known or not) is failure. What
 *              cannot do its work must not return zero, as a callback of another language may when
 *              it throws. So answers are said in out parameters, and what is not filled in there
 *              counts as not answered.
 *   Exceptions No exception, longjmp or signal crosses, in either direction.
 *   Growth     A struct that begins with `size` (bytes, as the giver compiled it) may get further
 *              fields at its end in a later minor version; the reader tests `size` before it reads
 *              one. Where one side makes the struct and the other fills it, `size` is how much room
 *              there is, and afterwards how much was filled. Structs without `size` never change.
 *              A service id, once published, is never edited: "dcc.inventory/1" is followed by
 *              "dcc.inventory/2". Sets of values that may grow (role, device type and status,
 *              response code) are strings, never enums.
 *   Platforms  Linux with glibc. DCC_CALL and DCC_PLUGIN_EXPORT keep the place for others.
 */
#ifndef DCC_PLUGIN_H
#define DCC_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The major stands in the entry symbol's name, so an incompatible plugin is not even found. */
#define DCC_ABI_MAJOR 1
#define DCC_ABI_MINOR 0
#define DCC_PLUGIN_ENTRY_SYMBOL "dcc_plugin_entry_v1"
#define DCC_PLUGIN_MAGIC 0x50434344u /* "DCCP" in memory, little endian */

/* The calling convention of every function here, and what makes the entry visible. */
#if defined(_WIN32)
#define DCC_CALL __cdecl
#define DCC_PLUGIN_EXPORT __declspec(dllexport)
#elif defined(__GNUC__)
#define DCC_CALL
#define DCC_PLUGIN_EXPORT __attribute__((visibility("default")))
#else
#define DCC_CALL
#define DCC_PLUGIN_EXPORT
#endif

/* UTF-8 text; not NUL-terminated. */
typedef struct dcc_str {
  const char* data;
  size_t size;
} dcc_str;

typedef struct dcc_bytes {
  const uint8_t* data;
  size_t size;
} dcc_bytes;

typedef int32_t dcc_status;
enum {
  DCC_OK = 0,
  DCC_NOT_FOUND = 1,   /* looked up, and it is not there */
  DCC_UNAVAILABLE = 2, /* cannot be looked up, or not yet; not the same as not being there */
  DCC_INVALID = 3,     /* an argument or a setting is wrong */
  DCC_CONFLICT = 4,    /* somebody else holds it already */
  DCC_NOT_NOW = 5,     /* the call is not allowed in this state, such as registering too late */
  DCC_INTERNAL = 6 /* a failure of the callee's own, such as an exception caught at the border */
};

/* The answer to a question of yes or no. Zero is none. */
enum { DCC_NO = 1, DCC_YES = 2 };

/* ---- What the host gives ------------------------------------------------------------------- */

/* One request on its way through a handler: opaque, the host's, valid until the handler returns. */
typedef struct dcc_call dcc_call;

/* The host as one plugin instance sees it. Owned by the host; valid from create until destroy has
 * returned. A plugin hands the same pointer back as first argument of every host function. */
typedef struct dcc_host dcc_host;
struct dcc_host {
  uint32_t size;
  uint16_t abi_major; /* of the header that the host was built with */
  uint16_t abi_minor;
  dcc_str name; /* of the host software, for the log; valid as long as the host handle */
  dcc_str version;
  /* [any] The table of the service `id`, one of the structs below, or NULL: not offered. Valid as
   * long as the host handle. An id that the entry requires is never NULL. A host may offer services
   * of its own, "com.example.tariff/1": a table of at most 64 functions that take the host first
   * and return a dcc_status. While a plugin is probed or checked each of them answers DCC_NOT_NOW.
   */
  const void*(DCC_CALL* service)(const dcc_host* host, dcc_str id);
};

#define DCC_SERVICE_LOG "dcc.log/1"
enum { DCC_LOG_DEBUG = 0, DCC_LOG_INFO = 1, DCC_LOG_WARNING = 2, DCC_LOG_ERROR = 3 };
typedef struct dcc_log_v1 {
  /* [any] One line of text, without a line end. Never fails; the host may drop it. */
  void(DCC_CALL* write)(const dcc_host* host, int32_t level, dcc_str message);
} dcc_log_v1;

/* The instance's own settings file as a list of section, key, value in file order. The host has
 * checked the syntax: no duplicate key, no empty section, no key outside a section. Names and
 * values are trimmed. The views stay valid as long as the host handle. */
#define DCC_SERVICE_CONFIG "dcc.config/1"
typedef struct dcc_setting {
  dcc_str section;
  dcc_str key;
  dcc_str value;
} dcc_setting;
typedef struct dcc_config_v1 {
  size_t(DCC_CALL* count)(const dcc_host* host); /* [any] */
  /* [any] DCC_NOT_FOUND: no such index, *out is untouched. */
  dcc_status(DCC_CALL* at)(const dcc_host* host, size_t index, dcc_setting* out);
} dcc_config_v1;

/* Facts: what a decision rests on beside the request and the settings. The host commits the outcome
 * only if each fact that the handler looked up still holds. For all lookups:
 *   DCC_OK           `out` or `answer` is filled in; views stay valid until the handler returns
 *   DCC_NOT_FOUND    there is no such thing
 *   DCC_UNAVAILABLE  the host does not know, or not yet. The handler keeps nothing of that, logs
 *                    nothing, and ends as it likes, best with this status. The host finds out what
 *                    was asked and calls again, or answers 503: whatever the handler ended with, an
 *                    outcome that did not see all that it asked for never counts.
 *   DCC_INVALID      an argument cannot be meant
 * Questions that a handler is likely to ask should be asked together, before it ends for the first
 * one: that saves the host a round. A host stops after eight. */
#define DCC_SERVICE_INVENTORY "dcc.inventory/1"
typedef struct dcc_device {
  uint32_t size;     /* set by the plugin before the call, by the host to what it filled */
  uint32_t reserved; /* zero */
  dcc_str type;      /* as the DUIS schema spells it: "CHF", "ESME", ...; never empty */
  dcc_str status;    /* SMI status as the DUIS schema spells it: "Pending", ...; never empty */
} dcc_device;
typedef struct dcc_inventory_v1 {
  /* [worker] The device with this EUI-64 as the Device Inventory has it now. */
  dcc_status(DCC_CALL* device)(const dcc_host* host, dcc_call* call, uint64_t device_id,
                               dcc_device* out);
} dcc_inventory_v1;

/* Who acts for which Supplier. `at` is Unix time in milliseconds, normally the receipt time; an
 * appointment counts on whole UTC days, first and last day included. With DCC_OK, `answer` is
 * DCC_YES or DCC_NO; zero is no answer, so it is zero before the call. Never DCC_NOT_FOUND. */
#define DCC_SERVICE_APPOINTMENTS "dcc.appointments/1"
typedef struct dcc_appointments_v1 {
  /* [worker] Does the agent (User ID) act, at that time, for the Supplier (an active EIS or GIS)
   * that this hub was ordered for? No, too, if no order names the hub. */
  dcc_status(DCC_CALL* acts_for_orderer)(const dcc_host* host, dcc_call* call, uint64_t agent_id,
                                         uint64_t device_id, int64_t at, int32_t* answer);
  /* [worker] Does the agent act, at that time, for any such Supplier? */
  dcc_status(DCC_CALL* acts_for_any)(const dcc_host* host, dcc_call* call, uint64_t agent_id,
                                     int64_t at, int32_t* answer);
} dcc_appointments_v1;

/* Any other fact, by its kind, such as "com.example.tariff", and the key that this kind has. Kinds
 * that begin with "dcc." are the contract's own. */
#define DCC_SERVICE_FACTS "dcc.facts/1"
typedef struct dcc_value {
  dcc_str name;
  dcc_str value;
} dcc_value;
typedef struct dcc_fact {
  uint32_t size;           /* as of dcc_device */
  uint32_t reserved;       /* zero */
  const dcc_value* values; /* in the host's order, each name once */
  size_t value_count;
  int64_t revision; /* rises whenever the answer changes */
} dcc_fact;
typedef struct dcc_facts_v1 {
  /* [any] Does the host answer questions of this kind? For create, which may refuse if not. With
   * DCC_OK, `answer` is DCC_YES or DCC_NO. */
  dcc_status(DCC_CALL* offers)(const dcc_host* host, dcc_str kind, int32_t* answer);
  /* [worker] `kind`: 1 to 64, `key`: 1 to 256 octets of UTF-8 on one line, else DCC_INVALID, as for
   * a kind that the host does not offer. */
  dcc_status(DCC_CALL* look_up)(const dcc_host* host, dcc_call* call, dcc_str kind, dcc_str key,
                                dcc_fact* out);
} dcc_facts_v1;

#define DCC_SERVICE_CLOCK "dcc.clock/1"
typedef struct dcc_clock_v1 {
  /* [control] Unix time in milliseconds. Not for handlers: theirs is the receipt time. */
  int64_t(DCC_CALL* now)(const dcc_host* host);
} dcc_clock_v1;

/* ---- A request, and the handler that decides it -------------------------------------------- */

/* A leaf element of the body: `path` is the local names below the body element joined by '/',
 * `value` the text with the whitespace treatment of its schema type. */
typedef struct dcc_item {
  dcc_str path;
  dcc_str value;
} dcc_item;

/* A Service Request that is well-formed, valid by the host's schema and signed by its originator.
 * Owned by the host, valid until the handler returns. Every host's schema knows the header, the
 * signature and the bodies of 8.14.3 and 8.14.4: of these an item is there as often as the schema
 * says, and has a value of its type. A host may know no more of another body than that it is
 * well-formed: then items may be missing, stand twice, or belong to any namespace. */
typedef struct dcc_request {
  uint32_t size;
  uint32_t command_variant;
  uint64_t originator;       /* RequestID: EUI-64 of the User, ... */
  uint64_t target;           /* ... of the business target, ... */
  uint64_t counter;          /* ... and the originator's counter, never 0 */
  dcc_str srv;               /* "8.14.3" */
  dcc_str service_reference; /* "8.14" */
  dcc_str user_role;         /* the originator's: EIS GIS SNA ES ED GT OU MDR */
  dcc_str body_element;      /* local name of Body's child: "CHFFaultReturn" */
  const dcc_item* items;     /* all leaves of the body, in document order; there may be none */
  size_t item_count;
  dcc_bytes canonical; /* the octets whose digest was signed */
  int64_t received_at; /* Unix time in milliseconds; "now" for the decision */
  int64_t deadline;    /* likewise; an answer after it is counted against the plugin */
} dcc_request;

/* Decides one request. `self` is the handler's. [worker], between activate and deactivate.
 * On DCC_OK the outcome set on `call` counts: a response code, or not-valid. Neither set, or any
 * other status: the request fails (DCC_UNAVAILABLE: 503, else 500) and nothing is accepted. After a
 * lookup that was DCC_UNAVAILABLE none of this counts: see there. */
typedef dcc_status(DCC_CALL* dcc_handle_fn)(void* self, const dcc_request* request, dcc_call* call);

typedef struct dcc_handler {
  uint32_t size;
  uint32_t command_variants; /* bit n set: command variant n is allowed (1..9); else E12 */
  dcc_str srv;               /* "8.14.3" */
  dcc_str endpoint;          /* "serviceD", "serviceS" or "serviceT"; elsewhere E13 */
  dcc_str body_element;      /* local name that Body's child must have */
  void* self; /* handed to `handle`; the plugin's, alive until destroy; may be null */
  dcc_handle_fn handle;
} dcc_handler;

#define DCC_SERVICE_REGISTRY "dcc.registry/1"
typedef struct dcc_registry_v1 {
  /* [control] Only inside activate. The host copies the struct. Handlers go live together when
   * activate has succeeded, and leave together before deactivate. DCC_CONFLICT: another plugin
   * holds this SRV. DCC_INVALID: a field is wrong. DCC_NOT_NOW: not inside activate. */
  dcc_status(DCC_CALL* add)(const dcc_host* host, const dcc_handler* handler);
  /* [worker] The outcome of a call; the last one counts, the host copies. DCC_INVALID for a code
   * that the DUIS schema does not have. */
  dcc_status(DCC_CALL* set_code)(const dcc_host* host, dcc_call* call, dcc_str response_code);
  /* [worker] Why: for the log and the audit record, never for the response. One line. */
  dcc_status(DCC_CALL* set_reason)(const dcc_host* host, dcc_call* call, dcc_str reason);
  /* [worker] Instead of a code: the request is not valid by local policy (HTTP 400, nothing is
   * stored). The reason is shown to the client. */
  dcc_status(DCC_CALL* set_not_valid)(const dcc_host* host, dcc_call* call, dcc_str reason);
} dcc_registry_v1;

/* ---- What the plugin gives ----------------------------------------------------------------- */

/* One instance. Made by create, owned by the plugin, gone when destroy returns. Its settings never
 * change. `err` takes up to err_cap bytes of NUL-terminated UTF-8 that say why it failed. */
typedef struct dcc_plugin dcc_plugin;
struct dcc_plugin {
  uint32_t size;
  uint32_t reserved; /* zero */
  void* self;        /* the plugin's own; may be null */
  /* [control] Registers the handlers. On failure the host calls destroy, not deactivate. */
  dcc_status(DCC_CALL* activate)(dcc_plugin* plugin, char* err, size_t err_cap);
  /* [control] No handler of this instance runs any more, and no view, call or request that one was
   * given is used any more. Followed by destroy or by activate. */
  void(DCC_CALL* deactivate)(dcc_plugin* plugin);
  /* [control] Frees the instance. Never while it is active, once only, and not from a finalizer:
   * the host says when, not its garbage collector. The code stays mapped until the process ends. */
  void(DCC_CALL* destroy)(dcc_plugin* plugin);
};

typedef struct dcc_plugin_entry {
  uint32_t magic; /* DCC_PLUGIN_MAGIC */
  uint32_t size;
  uint16_t abi_major; /* of the header that the plugin was built with */
  uint16_t abi_minor;
  uint32_t required_count;
  dcc_str id;      /* stable across versions, such as "ch-returns"; its strings are all static */
  dcc_str version; /* of the plugin, such as "1.2.0" */
  dcc_str build;   /* what exactly was built: commit, compiler; for the log and the audit record */
  const dcc_str* required; /* ids of services without which create must not be called */
  /* [control] Reads the settings and either makes an instance or refuses: DCC_INVALID and, in
   * `err`, the section, the key, the value and what was expected. *out is set only on DCC_OK. */
  dcc_status(DCC_CALL* create)(const dcc_host* host, dcc_plugin** out, char* err, size_t err_cap);
} dcc_plugin_entry;

/* The one symbol that a plugin exports. */
extern DCC_PLUGIN_EXPORT const dcc_plugin_entry dcc_plugin_entry_v1;

#ifdef __cplusplus
}
#endif

#endif /* DCC_PLUGIN_H */
