/* @NAME@: a warden backend. It logs each call and stores nothing: fill in what it is to do.
 * warden_plugin.h says of each call what it is for, which thread makes it and who owns what. */
#include "warden_plugin.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define TEXT(literal) { literal, sizeof literal - 1 }

/* One configured backend: two backend files that name this plugin are two of these. */
typedef struct instance { const warden_host *host; } instance;

static void say(const instance *it, int32_t level, const char *text) {
   warden_str message = { text, strlen(text) };
   it->host->log(it->host->ctx, level, message);
}

/* Says why a call failed; `key` is the configuration key at fault, or "". */
static warden_status fail(warden_error *err, warden_status status, const char *message, const char *key) {
   warden_str m = { message, strlen(message) }, k = { key, strlen(key) }, no_hint = { NULL, 0 };
   err->set(err->ctx, m, k, no_hint);
   return status;
}

static warden_status init(const warden_host *host, const warden_pair *config, size_t count, void **self,
                          warden_error *err) {
   instance *it = (instance *)malloc(sizeof *it);
   if (!it) return fail(err, WARDEN_E_UNAVAILABLE, "out of memory", "");
   it->host = host;
   for (size_t i = 0; i < count; i++) {
      /* Never log a value: it may be a secret. Leave keys alone that you do not know: warden sends some to all. */
      char line[128];
      snprintf(line, sizeof line, "configured: %.*s", (int)config[i].key.len, config[i].key.ptr);
      say(it, WARDEN_LOG_DEBUG, line);
   }
   *self = it;
   return WARDEN_OK;
}

static warden_status probe(void *self, warden_error *err) {
   (void)self, (void)err;
   return WARDEN_OK;
}

static warden_status insert(void *self, const warden_signal *signal, warden_inserted *inserted, warden_error *err) {
   warden_signal s;
   warden_ban ban;
   (void)err;
   warden_take(&s, sizeof s, signal);
   for (size_t i = 0; i < s.ban_count; i++) {
      char line[512];
      warden_take(&ban, sizeof ban, (const char *)s.bans + i * s.ban_stride);
      snprintf(line, sizeof line, "%.*s %.*s until %" PRId64, (int)ban.action.len, ban.action.ptr,
               (int)ban.target.len, ban.target.ptr, ban.until_us);
      say((instance *)self, WARDEN_LOG_INFO, line);
      inserted->inserted++;
   }
   return WARDEN_OK;
}

static warden_status read_at(void *self, int64_t at_us, const warden_sink *sink, warden_error *err) {
   /* For each ban: warden_row row = { sizeof row, ... }; if (sink->row(sink->ctx, &row)) return WARDEN_STOPPED; */
   (void)self, (void)at_us, (void)sink, (void)err;
   return WARDEN_OK;
}

static warden_status delete_target(void *self, warden_str target, uint64_t *deleted, warden_error *err) {
   char line[128];
   (void)err;
   snprintf(line, sizeof line, "delete %.*s", (int)target.len, target.ptr);
   say((instance *)self, WARDEN_LOG_INFO, line);
   *deleted = 0;
   return WARDEN_OK;
}

static warden_status delete_all(void *self, uint64_t *deleted, warden_error *err) {
   (void)err;
   say((instance *)self, WARDEN_LOG_INFO, "delete all");
   *deleted = 0;
   return WARDEN_OK;
}

static warden_status flush(void *self, warden_error *err) {
   (void)err;
   say((instance *)self, WARDEN_LOG_DEBUG, "flush");
   return WARDEN_OK;
}

static warden_status discard(void *self, warden_error *err) {
   (void)self, (void)err;
   return WARDEN_OK;
}

static warden_status start_auto_commit(void *self, warden_error *err) {
   (void)self, (void)err;
   return WARDEN_OK;
}

static warden_status stop(void *self, warden_error *err) {
   (void)self, (void)err;
   return WARDEN_OK;
}

static void destroy(void *self) {
   free(self);
}

static const void *get_extension(void *self, const char *id) {
   (void)self, (void)id;
   return NULL;
}

static const warden_backend BACKEND = {
   sizeof(warden_backend), 0, init, probe, insert, read_at, delete_target, delete_all,
   flush, discard, start_auto_commit, stop, destroy, get_extension
};

/* List your keys with WARDEN_KEY and say WARDEN_KEYS: warden then checks them, and `plugin describe` shows them. */
/* Add WARDEN_CAP_STORE once read_at answers, WARDEN_CAP_ENFORCES once bans are applied; the header lists the others. */
const warden_plugin warden_plugin_v1 = {
   WARDEN_PLUGIN_MAGIC, sizeof(warden_plugin), WARDEN_ABI_MAJOR, WARDEN_ABI_MINOR, 0,
   TEXT("@NAME@"), TEXT("0.1.0"), TEXT("logs each call and stores nothing"), TEXT(""), &BACKEND,
   WARDEN_NO_KEYS
};
