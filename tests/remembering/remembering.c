/* A plugin that offers history, undo and deletion by filter, with one story for answers, and logs what it is asked.
 * `simple: 1` leaves deletion by filter out; `fails` names a call that fails: changes, undo, flush, probe or read; with it, shutdown is logged. `at` in its configuration is when its last change that is not undone was made, in seconds since the epoch; 0: there is none. Built by
 * the tests. */
#include "warden_plugin.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define TEXT(literal) { literal, sizeof literal - 1 }
#define SECOND 1000000

typedef struct instance { const warden_host *host; int64_t changed; int simple; char fails[32]; } instance;

static void say(instance *it, const char *text) {
   warden_str message = { text, strlen(text) };
   it->host->log(it->host->ctx, WARDEN_LOG_INFO, message);
}

static warden_status init(const warden_host *host, const warden_pair *config, size_t count, void **self, warden_error *err) {
   instance *it = (instance *)calloc(1, sizeof *it);
   (void)err;
   it->host = host;
   for (size_t i = 0; i < count; i++) {
      char text[32] = "";
      if (config[i].value.len < sizeof text) memcpy(text, config[i].value.ptr, config[i].value.len);
      if (config[i].key.len == 6 && !memcmp(config[i].key.ptr, "simple", 6)) it->simple = 1;
      if (config[i].key.len == 5 && !memcmp(config[i].key.ptr, "fails", 5)) memcpy(it->fails, text, sizeof text);
      if (config[i].key.len == 2 && !memcmp(config[i].key.ptr, "at", 2)) it->changed = atoll(text);
   }
   *self = it;
   return WARDEN_OK;
}

static warden_status fail_in(instance *it, const char *call, warden_error *err) {
   static const warden_str message = TEXT("it is broken"), hint = TEXT("mend it"), none = TEXT("");
   if (strcmp(it->fails, call)) return WARDEN_OK;
   err->set(err->ctx, message, none, hint);
   return WARDEN_E_UNAVAILABLE;
}

static warden_status shutdown_(void *self, warden_error *err) {
   (void)err;
   if (((instance *)self)->fails[0]) say((instance *)self, "shutdown");
   return WARDEN_OK;
}
static warden_status probe(void *self, warden_error *err) { return fail_in((instance *)self, "probe", err); }
static warden_status nothing(void *self, warden_error *err) { (void)self, (void)err; return WARDEN_OK; }
static warden_status flush(void *self, warden_error *err) { say((instance *)self, "flush"); return fail_in((instance *)self, "flush", err); }
static warden_status discard(void *self, warden_error *err) { (void)err, say((instance *)self, "discard"); return WARDEN_OK; }
static void destroy(void *self) { free(self); }

static warden_status insert(void *self, const warden_signal *signal, warden_inserted *inserted, warden_error *err) {
   (void)self, (void)err;
   inserted->inserted = signal->ban_count;
   return WARDEN_OK;
}

static warden_row row(const char *source, const char *reason) {
   static const warden_str target = TEXT("203.0.113.7"), action = TEXT("ban"), actor = TEXT("root (anna)");
   warden_row row;
   memset(&row, 0, sizeof row);
   row.struct_size = sizeof row;
   row.target = target, row.action = action, row.actor = actor;
   row.source.ptr = source, row.source.len = strlen(source);
   row.reason.ptr = reason, row.reason.len = strlen(reason);
   row.ended_us = WARDEN_UNKNOWN_US;
   return row;
}

/* The tests take place in the hour that ends at 2026-11-24T03:00:00Z. */
#define NOW (1795489200LL * SECOND)

static warden_status read_at(void *self, int64_t at, const warden_sink *sink, warden_error *err) {
   warden_row list = row("list:bad", "listed"), hand = row("cli", "by hand");
   (void)at;
   if (fail_in((instance *)self, "read", err)) return WARDEN_E_UNAVAILABLE;
   list.start_us = hand.start_us = NOW - 3600LL * SECOND;
   list.until_us = hand.until_us = WARDEN_FOREVER_US;
   if (!sink->row(sink->ctx, &list)) sink->row(sink->ctx, &hand);
   return WARDEN_OK;
}

static warden_status history(void *self, warden_str target, const warden_sink *sink, warden_error *err) {
   static const warden_str by = TEXT("bob");
   warden_row rows[5] = { row("cli", "now"), row("cli", "deleted, then"), row("cli", "replaced"), row("api", "expired"), row("cli", "old") };
   (void)self, (void)err;
   if (target.len != 11) return WARDEN_OK;
   for (int i = 0; i < 5; i++) {
      rows[i].start_us = NOW - i * 3600LL * SECOND - 60LL * SECOND;
      rows[i].until_us = rows[i].start_us + 1800LL * SECOND;
   }
   rows[1].end_kind = WARDEN_END_DELETED, rows[1].ended_us = rows[1].start_us + SECOND, rows[1].ended_by = by;
   rows[2].end_kind = WARDEN_END_REPLACED, rows[2].ended_us = rows[2].start_us + 2 * SECOND;
   rows[2].until_us = WARDEN_FOREVER_US;
   rows[3].end_kind = WARDEN_END_EXPIRED;
   for (int i = 0; i < 5; i++) if (sink->row(sink->ctx, &rows[i])) return WARDEN_STOPPED;
   return WARDEN_OK;
}

static warden_status delete_target(void *self, warden_str target, uint64_t *deleted, warden_error *err) {
   (void)err, (void)target, say((instance *)self, "delete"), *deleted = 1;
   return WARDEN_OK;
}

static warden_status delete_all(void *self, uint64_t *deleted, warden_error *err) {
   (void)self, (void)err, *deleted = 2;
   return WARDEN_OK;
}

static warden_status delete_where(void *self, const warden_query *query, uint64_t *deleted, warden_error *err) {
   char text[200];
   (void)err;
   snprintf(text, sizeof text, "delete where: wanted %u, source `%.*s`, reason `%.*s`, target family %d", query->wanted,
            (int)query->source.len, query->source.ptr, (int)query->reason.len, query->reason.ptr, query->target.family);
   say((instance *)self, text);
   *deleted = 1;
   return WARDEN_OK;
}

static warden_status changes(void *self, uint64_t limit, void *ctx,
                             int32_t (*change)(void *ctx, const warden_change *change), warden_error *err) {
   instance *it = (instance *)self;
   const warden_change undone = { sizeof undone, WARDEN_CHANGE_UNDONE, 8, it->changed * SECOND + 1, 0, 0, TEXT("ban add"), TEXT("bob") };
   const warden_change last = { sizeof last, 0, 7, it->changed * SECOND, 1, 1234, TEXT("ban flush"), TEXT("root (anna)") };
   if (fail_in(it, "changes", err)) return WARDEN_E_UNAVAILABLE;
   if (limit > 0 && change(ctx, &undone)) return WARDEN_STOPPED;
   if (limit > 1 && it->changed && change(ctx, &last)) return WARDEN_STOPPED;
   return WARDEN_OK;
}

static warden_status undo(void *self, uint64_t id, warden_error *err) {
   char text[40];
   if (fail_in((instance *)self, "undo", err)) return WARDEN_E_UNAVAILABLE;
   snprintf(text, sizeof text, "undo %d", (int)id);
   say((instance *)self, text);
   return WARDEN_OK;
}

static const void *get_extension(void *self, const char *id) {
   static const warden_ext_history histories = { sizeof histories, 0, history };
   static const warden_ext_undo undoes = { sizeof undoes, 0, changes, undo };
   static const warden_ext_delete_where deletes = { sizeof deletes, 0, delete_where };
   if (!strcmp(id, WARDEN_EXT_HISTORY)) return &histories;
   if (!strcmp(id, WARDEN_EXT_UNDO)) return &undoes;
   if (!strcmp(id, WARDEN_EXT_DELETE_WHERE) && !((instance *)self)->simple) return &deletes;
   return NULL;
}

static const warden_backend BACKEND = { sizeof BACKEND, 0, init, probe, insert, read_at, delete_target, delete_all,
                                        flush, discard, nothing, shutdown_, destroy, get_extension };
const warden_plugin warden_plugin_v1 = { WARDEN_PLUGIN_MAGIC, sizeof(warden_plugin), WARDEN_ABI_MAJOR, WARDEN_ABI_MINOR,
                                         WARDEN_CAP_STORE, TEXT("remembering"), TEXT("1"), TEXT("tells one story"),
                                         TEXT(""), &BACKEND, WARDEN_NO_KEYS };
