/* memory.c -- a complete backend that keeps its bans in memory: to read, and to begin one of your own with.
 * It needs the header alone:  cc -std=c11 -shared -fPIC -I include -o memory.so memory.c
 * SPDX-License-Identifier: MIT */
#include "warden_plugin.h"
#include <stdlib.h>
#include <string.h>
enum { BUCKETS = 1 << 16, NEW = 1, ENDED = 2, SETTLED = 4 };    /* NEW, ENDED: what is pending about a ban */

/* Bans are never forgotten, so reads can answer for the past. The texts of a row stand behind its ban. */
typedef struct ban { struct ban *next; int pending; uint64_t events; warden_row row; } ban;
typedef struct memory { const warden_host *host; uint64_t count, max_bans; ban *bans[BUCKETS]; } memory;

static warden_status fail(warden_error *err, warden_status status, const char *message, const char *key) {
   warden_str m = { message, strlen(message) }, k = { key, strlen(key) }, no_hint = { NULL, 0 };
   err->set(err->ctx, m, k, no_hint);
   return status;
}

static int same(warden_str a, warden_str b) { return a.len == b.len && (!a.len || !memcmp(a.ptr, b.ptr, a.len)); }
static int64_t now(const memory *m) { return m->host->now_us(m->host->ctx); }

static ban **bucket(memory *m, warden_str target) {      /* FNV-1a of the target: canonical text, so equal by value */
   uint32_t hash = 2166136261u;
   for (size_t i = 0; i < target.len; i++) hash = (hash ^ (unsigned char)target.ptr[i]) * 16777619u;
   return &m->bans[(hash ^ hash >> 16) % BUCKETS];
}

static int is_active(const ban *b, int64_t at) {
   return b->row.start_us <= at && at < b->row.until_us && (!b->row.end_kind || at < b->row.ended_us);
}
static void end(ban *b, int64_t at, uint32_t kind) { b->pending |= ENDED; b->row.end_kind = kind; b->row.ended_us = at; }

static warden_status init(const warden_host *host, const warden_pair *config, size_t count, void **self, warden_error *err) {
   const warden_str max_bans = WARDEN_TEXT("max_bans");
   memory *m = (memory *)calloc(1, sizeof *m);
   if (!m) return fail(err, WARDEN_E_UNAVAILABLE, "out of memory", "");
   m->host = host, m->max_bans = UINT64_MAX;
   for (size_t i = 0; i < count; i++) {
      char number[20] = "", *rest = number;
      if (!same(config[i].key, max_bans)) continue;
      if (config[i].value.len < sizeof number) memcpy(number, config[i].value.ptr, config[i].value.len);
      m->max_bans = strtoull(number, &rest, 10);
      if (rest == number || *rest) return free(m), fail(err, WARDEN_E_CONFIG, "max_bans is not a number", "max_bans");
   }
   *self = m;
   return WARDEN_OK;
}

static int insert_one(memory *m, const warden_signal *s, const warden_ban *b, warden_inserted *done) {
   const int own = s->flags & WARDEN_SIGNAL_BANS_ONLY;
   const warden_str none = WARDEN_TEXT(""), number = own ? none : s->as_number, name = own ? b->as_name : s->as_name;
   const warden_str space = { " ", own ? 0u : 1u }, country = own ? b->country : s->country;
   const warden_str from[] = { b->source, b->target, b->reason, s->scenario, b->action, country, b->actor, number, space, name };
   size_t length = 0, texts = sizeof from / sizeof *from;
   for (size_t i = 0; i < texts; i++) length += from[i].len;
   ban **head = bucket(m, b->target), *it = (ban *)calloc(1, sizeof *it + length);
   if (!it) return 0;
   warden_row *row = &it->row;
   warden_str joined, *to[] = { &row->source, &row->target, &row->reason, &row->scenario, &row->action, &row->country,
                                &row->actor, &row->as_text, &joined, &row->as_name };
   char *at = (char *)(it + 1);
   for (size_t i = 0; i < texts; at += from[i++].len) {
      if (from[i].len) memcpy(at, from[i].ptr, from[i].len);
      to[i]->ptr = at, to[i]->len = from[i].len;
   }
   row->as_text.len += joined.len + row->as_name.len;
   row->struct_size = sizeof *row;
   if (own) row->flags |= WARDEN_ROW_ORPHAN;
   if (s->flags & WARDEN_SIGNAL_SIMULATION) row->flags |= WARDEN_ROW_SIMULATION;
   row->as_number = b->as_number, row->range = b->range, row->until_us = b->until_us, row->ended_us = WARDEN_UNKNOWN_US;
   row->start_us = s->stop_us > 0 ? s->stop_us : now(m);
   for (ban *old = *head; old; old = old->next) {
      if (!is_active(old, now(m)) || !same(old->row.target, row->target) || !same(old->row.source, row->source)) continue;
      end(old, now(m), WARDEN_END_REPLACED), done->replaced++;
      if (done->replaced_until_us < old->row.until_us) done->replaced_until_us = old->row.until_us;
   }
   it->events = own ? 0 : s->events_count, it->pending = NEW, it->next = *head, *head = it;
   return 1;
}

static warden_status insert(void *self, const warden_signal *signal, warden_inserted *done, warden_error *err) {
   memory *m = (memory *)self;
   warden_signal s; warden_ban b;
   warden_take(&s, sizeof s, signal);
   if (s.ban_count > m->max_bans - m->count) return fail(err, WARDEN_E_UNAVAILABLE, "the memory is full", "max_bans");
   for (size_t i = 0; i < s.ban_count; i++, m->count++, done->inserted++) {
      warden_take(&b, sizeof b, (const char *)s.bans + i * s.ban_stride);
      if (!insert_one(m, &s, &b, done)) return fail(err, WARDEN_E_UNAVAILABLE, "out of memory", "");
   }
   return WARDEN_OK;
}

static warden_status read_at(void *self, int64_t at, const warden_sink *sink, warden_error *err) {
   for (size_t i = 0; i < BUCKETS; i++)
      for (ban *b = ((memory *)self)->bans[i]; b; b = b->next) {
         warden_row row = b->row;
         if (!is_active(b, at)) continue;
         for (ban *o = ((memory *)self)->bans[i]; o; o = o->next)
            if (o->row.start_us <= at && same(o->row.target, row.target)) row.ban_count++, row.events_count += o->events;
         if (sink->row(sink->ctx, &row)) return WARDEN_STOPPED;
      }
   return (void)err, WARDEN_OK;
}

static warden_status end_all(memory *m, ban *b, const warden_str *target, uint64_t *deleted) {
   for (; b; b = b->next)
      if (is_active(b, now(m)) && (!target || same(b->row.target, *target))) end(b, now(m), WARDEN_END_DELETED), ++*deleted;
   return WARDEN_OK;
}
static warden_status delete_target(void *self, warden_str target, uint64_t *deleted, warden_error *err) {
   return (void)err, *deleted = 0, end_all((memory *)self, *bucket((memory *)self, target), &target, deleted);
}
static warden_status delete_all(void *self, uint64_t *deleted, warden_error *err) {
   *deleted = 0;
   for (size_t i = 0; i < BUCKETS; i++) end_all((memory *)self, ((memory *)self)->bans[i], NULL, deleted);
   return (void)err, WARDEN_OK;
}

/* Bans in one of the states `drop` go; the others stay as they are when `keep`, and as they were when not. */
static warden_status settle(memory *m, int drop, int keep) {
   for (size_t i = 0; i < BUCKETS; i++)
      for (ban **at = &m->bans[i], *b; (b = *at);) {
         if (b->pending & ENDED && !keep) b->row.end_kind = WARDEN_END_NONE, b->row.ended_us = WARDEN_UNKNOWN_US;
         if ((b->pending | SETTLED) & drop) *at = b->next, m->count--, free(b);
         else b->pending = 0, at = &b->next;
      }
   return WARDEN_OK;
}

static warden_status ok(void *self, warden_error *err) { return (void)self, (void)err, WARDEN_OK; }
static warden_status flush(void *self, warden_error *err) { return (void)err, settle((memory *)self, 0, 1); }
static warden_status discard(void *self, warden_error *err) { return (void)err, settle((memory *)self, NEW, 0); }
static void destroy(void *self) { settle((memory *)self, SETTLED, 0), free(self); }
static const void *extension(void *self, const char *id) { return (void)self, (void)id, (const void *)NULL; }

static const warden_backend BACKEND = { sizeof(warden_backend), 0, init, ok, insert, read_at, delete_target, delete_all,
                                        flush, discard, ok, discard, destroy, extension };
static const warden_key KEYS[] = { WARDEN_KEY(WARDEN_KEY_COUNT, "max_bans", "no limit", "", "how many bans it keeps") };
const warden_plugin warden_plugin_v1 = {
   WARDEN_PLUGIN_MAGIC, sizeof(warden_plugin), WARDEN_ABI_MAJOR, WARDEN_ABI_MINOR,
   WARDEN_CAP_STORE | WARDEN_CAP_HISTORY | WARDEN_CAP_TRANSACTIONAL | WARDEN_CAP_PERMANENT | WARDEN_CAP_RANGES,
   WARDEN_TEXT("memory"), WARDEN_TEXT("1.0.0"), WARDEN_TEXT("keeps bans in memory until the program ends"), WARDEN_TEXT(""), &BACKEND, WARDEN_KEYS(KEYS) };
