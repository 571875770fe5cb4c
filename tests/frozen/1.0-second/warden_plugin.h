/* warden_plugin.h -- the C ABI between warden (the host) and a backend (the plugin).
 *
 * C11 and C++17. This header is the whole contract: a plugin author needs nothing else of warden.
 * SPDX-License-Identifier: MIT
 *
 * Growth. A host loads a plugin when the majors are equal. Minors only add: fields at the end of a struct (covered
 * by `struct_size`), bits, or an extension id. Frozen for ever: warden_str, warden_pair, warden_range, warden_sink.
 * All others carry `struct_size` first (the plugin's own after its magic): sizeof in the build that made the value, never
 * less than it was in 1.0. Who reads a struct reads no field beyond its `struct_size`; a field that is not there counts as
 * zero: warden_take sees to both. Who fills in a struct that the other side made writes nothing beyond its
 * `struct_size`, and leaves that as it is. Arrays travel with the stride of whoever made them. Unknown bits are ignored in
 * what describes, and never guessed in what asks. `reserved` is zero when written, and ignored when read.
 *
 * Ownership. Nothing is ever freed across the border. What a call receives it may read until it returns, and copies
 * what it keeps. No pointer is NULL, and no function missing, unless a comment says so. No text is longer than 64 MiB,
 * no array than 2^24 elements.
 *
 * Threads. One instance is never entered by two threads at once, but may be called from different ones. Functions
 * marked [any thread] may be called from any. A sink or another callback is called on the calling thread only, before the
 * call returns, and does not call back into the instance. All calls block.
 *
 * Errors. No call may unwind or longjmp across the border. A positive status is a success of some kind, also one that the
 * receiver does not know; a negative one that it does not know is WARDEN_E_INTERNAL. Text is UTF-8; what the storage holds
 * otherwise is sent with U+FFFD in place of the bad bytes.
 *
 * Extensions. An extension is a constant table of functions that lives as long as the library. Its id is
 * `warden.NAME/VERSION` when it is described here, `reverse.domain/NAME/VERSION` when it is anybody else's, and ends with
 * `/draft-N` while it may still change. A plugin is asked for it as by any other call, between `init` and `shutdown`, as
 * often as the host likes, and always answers the same. A function in the table may be NULL, and any may answer
 * WARDEN_E_UNSUPPORTED: the host then does as if it were not offered. */
#ifndef WARDEN_PLUGIN_H
#define WARDEN_PLUGIN_H
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#ifdef __cplusplus
extern "C" {
#endif

/* The name of the one exported symbol carries the major. */
#define WARDEN_ABI_MAJOR 1u
#define WARDEN_ABI_MINOR 0u
#define WARDEN_PLUGIN_SYMBOL "warden_plugin_v1"

/* Borrowed UTF-8, not NUL-terminated; `ptr` may be NULL only when `len` is 0. `len` counts bytes. */
typedef struct warden_str  { const char *ptr; size_t len; } warden_str;
typedef struct warden_pair { warden_str key, value; } warden_pair;

enum {
   WARDEN_OK            =  0,
   WARDEN_STOPPED       =  1, /* the sink asked to stop: not an error */
   WARDEN_E_CONFIG      = -1, /* the configuration is wrong; the user can repair it */
   WARDEN_E_UNAVAILABLE = -2, /* storage out of reach, locked or full; trying again may help */
   WARDEN_E_DENIED      = -3, /* permission refused by the storage or the system */
   WARDEN_E_INVALID     = -4, /* an argument is out of contract, or a value that this storage cannot hold */
   WARDEN_E_UNSUPPORTED = -5,
   WARDEN_E_INTERNAL    = -6,
   WARDEN_E_PANIC       = -7  /* the instance is poisoned: only `destroy` is accepted now */
};
typedef int32_t warden_status;

/* How a failed call says why: the receiver of `set` copies at once, so nothing outlives the call. `key` names the
 * configuration key at fault, `hint` what the user can do; either may be empty. Calling it twice: the last one
 * counts. Not calling it: the user sees the status alone. Never put a secret into it. */
typedef struct warden_error {
   uint32_t struct_size, reserved;
   void    *ctx;
   void   (*set)(void *ctx, warden_str message, warden_str key, warden_str hint);
} warden_error;

/* A span of addresses, both ends included. Family 4 uses the first four octets of `first` and `last`, family 6 all
 * sixteen, in network order, and the rest is zero; 0: not known. */
typedef struct warden_range { uint8_t family; uint8_t reserved[7]; uint8_t first[16], last[16]; } warden_range;

/* Times are microseconds since the epoch, UTC. */
#define WARDEN_FOREVER_US INT64_MAX        /* a ban without end */
#define WARDEN_UNKNOWN_US INT64_MIN        /* a start or an end that the storage does not know */

/* Source of CrowdSec v0.3: who did it, with what enrichment knows. `as_number` is decimal; empty: not known. */
typedef struct warden_source {
   uint32_t     struct_size, reserved;
   warden_range ip, range;
   warden_str   as_number, as_name, country;
   double       latitude, longitude;
   const warden_str *flags; size_t flag_count;      /* `flags` may be NULL when `flag_count` is 0 */
} warden_source;

/* BanApplication of CrowdSec v0.3: one ban order of a signal. */
typedef struct warden_ban {
   uint32_t     struct_size, as_number;             /* `as_number`: of the autonomous system; 0: not known */
   warden_str   source,                             /* who ordered: "cli", "api", "local", "list:NAME" */
                action,                             /* "ban", "captcha", "slow", or a word of the user's */
                extra, target,                      /* `target`: an address or a CIDR range, canonical text */
                reason, scenario, country, as_name,
                actor;                              /* the person or program on whose behalf; may be empty */
   int64_t      until_us;                           /* WARDEN_FOREVER_US: without end */
   warden_range range;                              /* the addresses of `target` */
} warden_ban;

/* EventSequence of CrowdSec v0.3: one event behind the signal. */
typedef struct warden_event {
   uint32_t     struct_size, reserved;
   int64_t      time_us;
   warden_str   serialized;                         /* JSON */
   const warden_source *source;                     /* may be NULL */
} warden_event;

/* SignalOccurence of CrowdSec v0.3: what is inserted. Arrays may be NULL when their count is 0; walk them by their
 * stride, not by your own sizeof. */
enum { WARDEN_SIGNAL_WHITELISTED = 1u, WARDEN_SIGNAL_SIMULATION = 2u, WARDEN_SIGNAL_REPROCESS = 4u,
       WARDEN_SIGNAL_BANS_ONLY = 8u };              /* store the bans, not the signal: they list by their own fields */
typedef struct warden_signal {
   uint32_t     struct_size, flags;                 /* WARDEN_SIGNAL_* */
   warden_str   map_key, scenario, bucket_id, alert_message, source_ip, source_range,
                as_number, as_name, country, dest_ip;
   double       latitude, longitude;
   uint64_t     events_count;
   int64_t      created_us, start_us,
                stop_us,                            /* from here on its bans hold; the host always sets it */
                leak_speed_ns;
   int32_t      capacity; uint32_t reserved;
   const warden_source *source;                     /* may be NULL */
   const warden_pair   *labels;  size_t label_count;
   const warden_source *sources; size_t source_count, source_stride;
   const warden_ban    *bans;    size_t ban_count,    ban_stride;
   const warden_event  *events;  size_t event_count,  event_stride;
} warden_signal;

/* What an insert did, for the user's report. The host clears it and sets `struct_size`; a plugin that does not know
 * leaves it as it is. A ban that is skipped is no error, and is not among `inserted`. */
typedef struct warden_inserted {
   uint32_t struct_size, reserved;
   uint64_t inserted;                               /* bans of this signal that are now pending */
   uint64_t replaced;                               /* active bans of the same target and source that they end */
   int64_t  replaced_until_us;                      /* the latest end among those; 0: none */
   uint64_t skipped_action;                         /* bans left out since their action is not applied here; they end
                                                     * the active ban of their target and source all the same */
   uint64_t skipped_other;                          /* bans left out for another reason, which `log` tells */
} warden_inserted;

/* What ReadAT returns for one ban. */
enum { WARDEN_ROW_ORPHAN = 1u,                      /* its signal is missing */
       WARDEN_ROW_SIMULATION = 2u };
enum { WARDEN_END_NONE = 0, WARDEN_END_EXPIRED, WARDEN_END_DELETED, WARDEN_END_REPLACED };
typedef struct warden_row {
   uint32_t     struct_size, flags;                 /* WARDEN_ROW_* */
   warden_str   id,                                 /* the storage's own name of the ban; may be empty. Ids sort as numbers
                                                     * where both are decimal, otherwise byte by byte */
                source, target, reason, scenario, action, country,
                as_text,                            /* as CrowdSec v0.3 prints it: number, space, organisation; without
                                                     * a number " OVH SAS"; an orphan's is the organisation alone */
                as_name, actor,
                ended_by;                           /* who deleted or replaced it; may be empty */
   uint32_t     as_number, end_kind;                /* `as_number` 0: not known; WARDEN_END_* */
   uint64_t     ban_count, events_count;            /* signals ever for this target, and the sum of their events */
   int64_t      start_us, until_us,
                ended_us;                           /* WARDEN_UNKNOWN_US unless deleted or replaced */
   warden_range range;
} warden_row;

/* Rows go out one by one and die when `row` returns, so a million rows need the memory of one.
 * A non-zero answer means "enough": release the cursor and return WARDEN_STOPPED. */
typedef struct warden_sink { void *ctx; int32_t (*row)(void *ctx, const warden_row *row); } warden_sink;

/* What the host offers. Valid until `destroy` has returned. */
enum { WARDEN_LOG_ERROR = 1, WARDEN_LOG_WARN, WARDEN_LOG_INFO, WARDEN_LOG_DEBUG, WARDEN_LOG_TRACE };
typedef struct warden_host {
   uint32_t struct_size, abi_major, abi_minor;
   int32_t  max_log_level;                                             /* above it `log` does nothing */
   void    *ctx;
   void   (*log)(void *ctx, int32_t level, warden_str message);        /* [any thread] */
   int32_t (*is_cancelled)(void *ctx);                                 /* [any thread] Ctrl-C or time limit: give up soon */
   const void *(*get_extension)(void *ctx, const char *id);            /* [any thread] `id` ends with NUL; NULL: not offered */
   int64_t (*now_us)(void *ctx);                                       /* [any thread] the clock to stamp with: one command is one instant */
   warden_str actor;                                                   /* who runs the host, for records: "anna", "root (anna)"; may be empty */
   warden_str command;                                                 /* what it was asked to do, for records: "ban add"; may be empty */
} warden_host;

/* The life of an instance: init, (probe), (start_auto_commit in long-running use), calls, flush, shutdown, destroy.
 * No function is NULL. insert, delete_target and delete_all are pending until `flush`, then all or nothing; `discard`, `shutdown` and a
 * crash drop what is pending. Reads see what is pending. A plugin that writes at once lacks WARDEN_CAP_TRANSACTIONAL. */
typedef struct warden_backend {
   uint32_t struct_size, reserved;
   /* Reads the configuration; may connect later, at the first call that needs it. Sets `*self` (may stay NULL) when it
    * returns WARDEN_OK; otherwise there is no instance and no other call follows. */
   warden_status (*init)(const warden_host *host, const warden_pair *config, size_t config_count,
                         void **self, warden_error *err);
   /* Is the storage reachable and fit for a write now? Changes nothing that a user would see. */
   warden_status (*probe)(void *self, warden_error *err);
   /* Every ban of the signal replaces the active bans of its own target and source. */
   warden_status (*insert)(void *self, const warden_signal *signal, warden_inserted *inserted, warden_error *err);
   /* The bans with start <= at < until that were not ended at or before `at`. */
   warden_status (*read_at)(void *self, int64_t at_us, const warden_sink *sink, warden_error *err);
   /* Ends every active ban whose target is equal by value, whatever its source or spelling. `target` is canonical text,
    * as in warden_ban. */
   warden_status (*delete_target)(void *self, warden_str target, uint64_t *deleted, warden_error *err);
   warden_status (*delete_all)(void *self, uint64_t *deleted, warden_error *err);
   warden_status (*flush)(void *self, warden_error *err);
   warden_status (*discard)(void *self, warden_error *err);
   warden_status (*start_auto_commit)(void *self, warden_error *err);
   /* Joins every thread; only `destroy` follows. */
   warden_status (*shutdown)(void *self, warden_error *err);
   void          (*destroy)(void *self);
   const void   *(*get_extension)(void *self, const char *id);          /* `id` ends with NUL; NULL: not offered */
} warden_backend;

/* One key of a plugin's configuration: constant data. Before `init` the host checks each value by its kind, refuses a key
 * that is not in the table, makes paths absolute, and tells file and line of what is wrong; and it never shows a secret.
 * Which keys must be set is the plugin's to say, since that may depend on others. An empty value counts as not set and is
 * not checked. */
enum { WARDEN_KEY_TEXT = 0,               /* any text; a kind that the host does not know counts as this */
       WARDEN_KEY_FLAG,                   /* arrives as "true" or "false", whichever word was written */
       WARDEN_KEY_COUNT,                  /* a whole number from 0 to 2^64 - 1, in decimal */
       WARDEN_KEY_DURATION,               /* not negative; arrives as Go writes it: "1h30m0s", "0.5s" */
       WARDEN_KEY_CHOICE,                 /* one of `choices` */
       WARDEN_KEY_PATH,                   /* a file or folder that the plugin reads: arrives absolute */
       WARDEN_KEY_PROGRAM,                /* a program that the plugin starts: is there, arrives canonical */
       WARDEN_KEY_SECRET,                 /* the user may write NAME_file instead, which the host reads: arrives as NAME */
       WARDEN_KEY_SECRET_FILE,            /* a file with a secret, which the plugin reads: is there, arrives absolute */
       WARDEN_KEY_STORE_FILE,             /* a file that the plugin makes and keeps: arrives absolute */
       WARDEN_KEY_URL,                    /* user and password in it are not shown; a path, of a socket, arrives absolute */
       WARDEN_KEY_SOCKET };               /* a socket, or a folder with one: arrives absolute */
typedef struct warden_key {
   uint32_t   struct_size, kind;                    /* WARDEN_KEY_* */
   warden_str name,
              preset,                               /* what counts when it is not set, for people; may be empty */
              choices,                              /* of WARDEN_KEY_CHOICE: "wal,delete"; otherwise empty */
              help;                                 /* one line for people */
} warden_key;
#define WARDEN_TEXT(literal) { literal, sizeof literal - 1 }
#define WARDEN_KEY(kind, name, preset, choices, help)                                                                   \
   { sizeof(warden_key), kind, WARDEN_TEXT(name), WARDEN_TEXT(preset), WARDEN_TEXT(choices), WARDEN_TEXT(help) }

/* The one exported symbol: constant data, so that a host can refuse a plugin before it calls into it.
 * A host never unloads a plugin. */
enum { WARDEN_CAP_STORE = 1u,             /* keeps bans: a list reads it. Without it: it only enforces or notifies */
       WARDEN_CAP_HISTORY = 2u,           /* answers for the past */
       WARDEN_CAP_ORDERED = 4u,           /* rows come newest first: start, then id, descending */
       WARDEN_CAP_TRANSACTIONAL = 8u,     /* pending until flush, then all or nothing */
       WARDEN_CAP_PERMANENT = 16u,        /* takes WARDEN_FOREVER_US */
       WARDEN_CAP_RANGES = 32u,           /* takes ranges, not addresses alone */
       WARDEN_CAP_DURABLE = 64u,          /* what was flushed outlives the process */
       WARDEN_CAP_ENFORCES = 128u };      /* applies bans: drops packets itself, or has others who do */
enum { WARDEN_SCHEMA_NONE = 0,            /* the plugin has no table of keys: any key is passed on, unchecked */
       WARDEN_SCHEMA_CLOSED,              /* `keys` are all that it takes */
       WARDEN_SCHEMA_OPEN };              /* any other key is passed on too, unchecked */
#define WARDEN_PLUGIN_MAGIC 0x4e445257u    /* "WRDN" in memory on a little-endian machine */
typedef struct warden_plugin {
   uint32_t magic, struct_size, abi_major, abi_minor;
   uint64_t capabilities;                 /* WARDEN_CAP_*: known without starting the plugin */
   warden_str name, version, description;
   warden_str actions;                    /* "ban,captcha,slow": what it can apply; empty: any */
   const warden_backend *backend;
   uint32_t schema, reserved;             /* WARDEN_SCHEMA_* */
   const warden_key *keys; size_t key_count, key_stride;   /* `keys` may be NULL when `key_count` is 0 */
} warden_plugin;
/* The last five fields of a descriptor: no table of keys; an array that is all; an array, and any others. */
#define WARDEN_NO_KEYS           WARDEN_SCHEMA_NONE, 0, NULL, 0, 0
#define WARDEN_KEYS(array)       WARDEN_SCHEMA_CLOSED, 0, array, sizeof(array) / sizeof *(array), sizeof *(array)
#define WARDEN_OPEN_KEYS(array)  WARDEN_SCHEMA_OPEN, 0, array, sizeof(array) / sizeof *(array), sizeof *(array)

/* Extension "warden.query/1": read_at with filters that the storage can use an index for. Before the
 * first row the plugin sets in `applied` the filters that it honours; the host checks the others. All filters hold at
 * once. More rows than asked for is allowed, fewer never. WARDEN_Q_LIMIT is honoured only with every filter that is wanted. */
#define WARDEN_EXT_QUERY "warden.query/1"
enum { WARDEN_Q_IP = 1u,                  /* bans whose target contains all of `ip` */
       WARDEN_Q_RANGE = 2u,               /* bans whose target lies wholly in `range` */
       WARDEN_Q_REASON = 4u,              /* `reason` contains it, without regard to ASCII case */
       WARDEN_Q_COUNTRY = 8u,             /* `country` equals it, without regard to ASCII case */
       WARDEN_Q_AS = 16u,                 /* `as_text` contains it, without regard to ASCII case */
       WARDEN_Q_SOURCE = 32u,             /* `source` equals it */
       WARDEN_Q_ACTION = 64u,             /* `action` equals it */
       WARDEN_Q_LIMIT = 128u,             /* the first `limit` rows suffice */
       WARDEN_Q_NOT_SOURCE = 256u,        /* `source` differs from `not_source` */
       WARDEN_Q_TARGET = 512u,            /* bans whose target equals `target` by value */
       WARDEN_Q_TARGETS = 1024u };        /* bans whose target equals one of `targets` by value; of none: no ban */
typedef struct warden_query {
   uint32_t     struct_size, wanted;      /* WARDEN_Q_* */
   int64_t      at_us;
   warden_range ip, range;
   warden_str   reason, country, as_text, source, action, not_source;
   uint64_t     limit;
   warden_range target;
   /* Each once, in ascending order: family 4 before 6, then the lower `first`, then the wider one. So a row is looked up by
    * halving. May be NULL when `target_count` is 0. */
   const warden_range *targets; size_t target_count;
} warden_query;
typedef struct warden_ext_query {
   uint32_t struct_size, reserved;
   warden_status (*read)(void *self, const warden_query *query, uint32_t *applied,
                         const warden_sink *sink, warden_error *err);
} warden_ext_query;

/* Extension "warden.summary/1": counts without rows, for the list's last line and for statistics. `bucket` is called
 * once for each (dimension, value): "source", "reason", "country", "as", "action", "action-source" (value: action, U+001F,
 * source), "total" (value empty), "start-hour" and "end-hour" (value: the hour's first second since the epoch, in decimal).
 * A non-zero answer stops. A dimension that the receiver does not know is ignored; of one that it misses it reads rows.
 * Filters as above: when `applied` lacks a wanted bit the host drops the counts and reads rows. */
#define WARDEN_EXT_SUMMARY "warden.summary/1"
typedef struct warden_ext_summary {
   uint32_t struct_size, reserved;
   warden_status (*summarise)(void *self, const warden_query *query, uint32_t *applied, void *ctx,
      int32_t (*bucket)(void *ctx, warden_str dimension, warden_str value, uint64_t count), warden_error *err);
} warden_ext_summary;

/* Extension "warden.delete-where/1": ends the active bans that a query matches; `at_us` and `limit` are not looked at.
 * A wanted bit that the plugin does not know is WARDEN_E_UNSUPPORTED, and nothing is ended. Pending until flush. */
#define WARDEN_EXT_DELETE_WHERE "warden.delete-where/1"
typedef struct warden_ext_delete_where {
   uint32_t struct_size, reserved;
   warden_status (*delete_where)(void *self, const warden_query *query, uint64_t *deleted, warden_error *err);
} warden_ext_delete_where;

/* Extension "warden.history/1": every ban that a target ever had, active or ended, newest first. Rows say how and by
 * whom they were ended; `ban_count` and `events_count` may be 0. */
#define WARDEN_EXT_HISTORY "warden.history/1"
typedef struct warden_ext_history {
   uint32_t struct_size, reserved;
   warden_status (*read)(void *self, warden_str target, const warden_sink *sink, warden_error *err);
} warden_ext_history;

/* Extension "warden.undo/1": the changes that commands made to this storage, and their undoing. An undo is no change of its
 * own: it marks one. */
#define WARDEN_EXT_UNDO "warden.undo/1"
enum { WARDEN_CHANGE_UNDONE = 1u };
typedef struct warden_change {
   uint32_t   struct_size, flags;                   /* WARDEN_CHANGE_* */
   uint64_t   id;                                   /* the storage's own number of the change, not 0 */
   int64_t    at_us;
   uint64_t   added, ended;                         /* bans that undoing it now would end, and restore; undone: 0 */
   warden_str command, actor;                       /* who made it with which command: "ban add", "root (anna)" */
} warden_change;
typedef struct warden_ext_undo {
   uint32_t struct_size, reserved;
   /* Hands over the changes one by one, newest first, those that are undone too, at most `limit`. What is pending is one of
    * them. `change` is as a sink's `row`: the struct dies when it returns, and a non-zero answer means "enough". */
   warden_status (*changes)(void *self, uint64_t limit, void *ctx,
      int32_t (*change)(void *ctx, const warden_change *change), warden_error *err);
   /* Undoes the change of this id: ends what it made, and restores what it ended, but for what others have ended or replaced
    * since. WARDEN_E_INVALID when there is none, or it is undone already. Pending until flush. */
   warden_status (*undo)(void *self, uint64_t id, warden_error *err);
} warden_ext_undo;

/* Extension "warden.enforce/1": of a plugin that applies bans, and keeps what it applies where it may be lost. */
#define WARDEN_EXT_ENFORCE "warden.enforce/1"
enum { WARDEN_ENFORCE_LOST = 1u,          /* what it had is gone, as after a reboot: the next write should refill it */
       WARDEN_ENFORCE_UNHOOKED = 2u,      /* nothing leads packets to it */
       WARDEN_ENFORCE_COUNTED = 4u };     /* `dropped_packets` is known */
/* The host clears it and sets `struct_size`. */
typedef struct warden_enforcement {
   uint32_t struct_size, flags;                     /* WARDEN_ENFORCE_* */
   uint64_t dropped_packets;
} warden_enforcement;
typedef struct warden_ext_enforce {
   uint32_t struct_size, reserved;
   /* Waits for the enforcer's lock, which is held until `flush`, `discard` or `shutdown`, and tells its state: what is read
    * from stores from now on is no older than what another process wrote here. */
   warden_status (*begin)(void *self, warden_enforcement *enforcement, warden_error *err);
   /* Tells the state, without the lock. Changes nothing. */
   warden_status (*look)(void *self, warden_enforcement *enforcement, warden_error *err);
} warden_ext_enforce;

/* Copies a struct that a shorter or longer build made and whose `struct_size` comes first: what the sender does not have
 * is zero, and the copy's `struct_size` is `size`, its own:  warden_signal s; warden_take(&s, sizeof s, signal); */
static inline void warden_take(void *to, size_t size, const void *from) {
   uint32_t theirs, ours = (uint32_t)size;
   memcpy(&theirs, from, sizeof theirs);
   memset(to, 0, size);
   memcpy(to, from, theirs < size ? theirs : size);
   memcpy(to, &ours, sizeof ours);
}

#if defined(__GNUC__)
#define WARDEN_EXPORT __attribute__((visibility("default")))
#else
#define WARDEN_EXPORT
#endif
extern WARDEN_EXPORT const warden_plugin warden_plugin_v1;
#ifdef __cplusplus
}
#endif
#endif
