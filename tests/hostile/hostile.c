/* A plugin that breaks the contract in the way that its configuration says: `do` is what it does, `at` the call in which
 * it does it. The macros VARIANT_* break what is read before any call. Built by the tests. */
#include "warden_plugin.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#define TEXT(literal) { literal, sizeof literal - 1 }
#define IS(it, what) (!strcmp((it)->what_to_do, what))

typedef struct instance {
   const warden_host *host;
   char what_to_do[64], at[64];
   const warden_sink *sink;     /* of the last read */
   warden_error *err;           /* of the last call */
   pthread_t late;              /* waits for shutdown to begin */
   volatile int has_late, ending;
} instance;

static const warden_str EMPTY = TEXT("");

static void set(warden_error *err, const char *text, size_t length) {
   warden_str message = { text, length };
   err->set(err->ctx, message, EMPTY, EMPTY);
}

static warden_row a_row(void) {
   warden_row row;
   static const warden_str target = TEXT("192.0.2.66"), word = TEXT("hostile");
   memset(&row, 0, sizeof row);
   row.struct_size = sizeof row;
   row.id = row.source = row.reason = row.scenario = row.action = row.country = row.as_text = row.as_name = word;
   row.target = target;
   row.start_us = 0;
   row.until_us = WARDEN_FOREVER_US;
   row.ended_us = WARDEN_UNKNOWN_US;
   return row;
}

static void *send_row(void *self) {
   instance *it = (instance *)self;
   warden_row row = a_row();
   it->sink->row(it->sink->ctx, &row);
   return NULL;
}

static void *send_row_later(void *self) {
   while (!((instance *)self)->ending) usleep(1000);
   return send_row(self);
}

static void *set_later(void *self) {
   while (!((instance *)self)->ending) usleep(1000);
   set(((instance *)self)->err, "too late", 8);
   return NULL;
}

static void *log_for_ever(void *self) {
   instance *it = (instance *)self;
   static const warden_str text = TEXT("still here");
   for (;;) {
      it->host->log(it->host->ctx, WARDEN_LOG_DEBUG, text);
      usleep(100);
   }
   return NULL;
}

static pthread_t in_thread(instance *it, void *(*f)(void *)) {
   pthread_t thread;
   if (pthread_create(&thread, NULL, f, it)) abort();
   return thread;
}

static void later(instance *it, void *(*f)(void *)) {
   it->late = in_thread(it, f);
   it->has_late = 1;
}

/* Misbehaves in every call alike. */
static warden_status act(instance *it, const char *call, warden_error *err) {
   static const char binary[] = "caf\xe9 \xff\xfe";
   it->err = err;
   if (strcmp(it->at, call)) return WARDEN_OK;
   if (IS(it, "abort")) abort();
   if (IS(it, "crash")) *(volatile int *)NULL = 1;
   if (IS(it, "exit")) exit(0);
   if (IS(it, "hang")) for (;;) pause();
   if (IS(it, "hang-until-cancelled")) while (!it->host->is_cancelled(it->host->ctx)) usleep(1000);
   if (IS(it, "garbage")) return -12345;
   if (IS(it, "unknown-success")) return 12345;
   if (IS(it, "stopped")) return WARDEN_STOPPED;
   if (IS(it, "panic")) return WARDEN_E_PANIC;
   if (IS(it, "never")) return WARDEN_E_UNAVAILABLE;
   if (IS(it, "twice")) set(err, "first", 5), set(err, "second", 6);
   if (IS(it, "null-error")) set(err, NULL, 5);
   if (IS(it, "huge-error")) set(err, "x", SIZE_MAX);
   if (IS(it, "binary-error")) set(err, binary, sizeof binary - 1);
   if (IS(it, "escapes")) set(err, "\x1b[2Jgone\nline", 13);
   if (IS(it, "megabyte")) {
      char *text = (char *)malloc(1 << 20);
      set(err, (char *)memset(text, 'm', 1 << 20), 1 << 20);
      free(text);
   }
   if (IS(it, "late-error")) return later(it, set_later), WARDEN_OK;
   if (IS(it, "log")) {
      warden_str null = { NULL, 9 }, huge = { "x", SIZE_MAX }, odd = { binary, sizeof binary - 1 };
      it->host->log(it->host->ctx, 99, null);
      it->host->log(it->host->ctx, -99, huge);
      it->host->log(it->host->ctx, WARDEN_LOG_WARN, odd);
      return WARDEN_OK;
   }
   if (IS(it, "log-for-ever")) return in_thread(it, log_for_ever), WARDEN_OK;
   if (!strncmp(it->what_to_do, "row", 3) || !strncmp(it->what_to_do, "hang", 4) || IS(it, "counts")) return WARDEN_OK;
   return WARDEN_E_UNAVAILABLE;
}

static void copy(char *to, size_t size, warden_str from) {
   if (from.len < size) memcpy(to, from.ptr, from.len);
}

static warden_status init(const warden_host *host, const warden_pair *config, size_t count, void **self, warden_error *err) {
   instance *it = (instance *)calloc(1, sizeof *it);
   it->host = host;
   for (size_t i = 0; i < count; i++) {
      if (config[i].key.len == 2 && !memcmp(config[i].key.ptr, "do", 2)) copy(it->what_to_do, sizeof it->what_to_do, config[i].value);
      if (config[i].key.len == 2 && !memcmp(config[i].key.ptr, "at", 2)) copy(it->at, sizeof it->at, config[i].value);
   }
   *self = it;
   return act(it, "init", err);
}

static warden_status probe(void *self, warden_error *err) { return act((instance *)self, "probe", err); }

static warden_status insert(void *self, const warden_signal *signal, warden_inserted *inserted, warden_error *err) {
   (void)signal;
   if (IS((instance *)self, "counts")) inserted->inserted = inserted->replaced = UINT64_MAX, inserted->replaced_until_us = INT64_MIN;
   return act((instance *)self, "insert", err);
}

static warden_status read_at(void *self, int64_t at, const warden_sink *sink, warden_error *err) {
   instance *it = (instance *)self;
   warden_row row = a_row();
   (void)at;
   it->sink = sink;
   if (strcmp(it->at, "read_at")) return WARDEN_OK;
   if (IS(it, "row-null")) sink->row(sink->ctx, NULL);
   if (IS(it, "row-short")) row.struct_size = 8, sink->row(sink->ctx, &row);
   if (IS(it, "row-endless")) row.struct_size = UINT32_MAX, sink->row(sink->ctx, &row);
   if (IS(it, "row-huge-text")) row.reason.len = SIZE_MAX, sink->row(sink->ctx, &row);
   if (IS(it, "row-null-text")) row.reason.ptr = NULL, sink->row(sink->ctx, &row);
   if (IS(it, "row-binary")) row.reason.ptr = "\xff\xfe\xfd", row.reason.len = 3, sink->row(sink->ctx, &row);
   if (IS(it, "row-odd")) row.flags = row.end_kind = UINT32_MAX, row.range.family = 200, row.until_us = INT64_MIN, sink->row(sink->ctx, &row);
   if (IS(it, "row-after-stop")) for (int i = 0; i < 3; i++) sink->row(sink->ctx, &row);
   if (IS(it, "row-from-thread")) pthread_join(in_thread(it, send_row), NULL);
   if (IS(it, "row-late")) later(it, send_row_later);
   if (IS(it, "row-then-hang")) { sink->row(sink->ctx, &row); for (;;) pause(); }
   if (IS(it, "row-in-shutdown")) sink->row(sink->ctx, &row);
   return act(it, "read_at", err);
}

static warden_status delete_target(void *self, warden_str target, uint64_t *deleted, warden_error *err) {
   (void)target;
   if (IS((instance *)self, "counts")) *deleted = UINT64_MAX;
   return act((instance *)self, "delete_target", err);
}

static warden_status delete_all(void *self, uint64_t *deleted, warden_error *err) {
   if (IS((instance *)self, "counts")) *deleted = UINT64_MAX;
   return act((instance *)self, "delete_all", err);
}

static warden_status flush(void *self, warden_error *err) { return act((instance *)self, "flush", err); }
static warden_status discard(void *self, warden_error *err) { return act((instance *)self, "discard", err); }
static warden_status start(void *self, warden_error *err) { return act((instance *)self, "start_auto_commit", err); }

static warden_status stop(void *self, warden_error *err) {
   if (IS((instance *)self, "row-in-shutdown")) send_row(self);
   ((instance *)self)->ending = 1;
   if (((instance *)self)->has_late) pthread_join(((instance *)self)->late, NULL);
   return act((instance *)self, "shutdown", err);
}

static void destroy(void *self) { act((instance *)self, "destroy", ((instance *)self)->err); }

static warden_status no_read(void *self, const warden_query *query, uint32_t *applied, const warden_sink *sink, warden_error *err) {
   (void)query, *applied = UINT32_MAX;
   return read_at(self, 0, sink, err);
}

static const void *get_extension(void *self, const char *id) {
   static const warden_ext_query tiny = { 4, 0, no_read }, null = { sizeof null, 0, NULL }, all = { sizeof all, 0, no_read };
   instance *it = (instance *)self;
   if (strcmp(id, WARDEN_EXT_QUERY) || strcmp(it->at, "extension")) return NULL;
   return IS(it, "tiny") ? &tiny : IS(it, "null") ? &null : &all;
}

#if defined VARIANT_NULL_CALL
#define FLUSH (flush == NULL ? flush : NULL)
#else
#define FLUSH flush
#endif
#if defined VARIANT_SHORT_TABLE
#define TABLE_SIZE 16
#else
#define TABLE_SIZE sizeof(warden_backend)
#endif
static const warden_backend BACKEND = { TABLE_SIZE, 0, init, probe, insert, read_at, delete_target, delete_all,
                                        FLUSH, discard, start, stop, destroy, get_extension };
#if defined VARIANT_MANY_KEYS || defined VARIANT_SHORT_KEY
static const warden_key KEY = { 8, 0, { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, { NULL, 0 } };
#endif
const warden_plugin warden_plugin_v1 = {
#if defined VARIANT_MAGIC
   0x12345678u,
#else
   WARDEN_PLUGIN_MAGIC,
#endif
#if defined VARIANT_SHORT_DESCRIPTOR
   24,
#else
   sizeof(warden_plugin),
#endif
#if defined VARIANT_MAJOR
   2, 7,
#else
   WARDEN_ABI_MAJOR, WARDEN_ABI_MINOR,
#endif
   WARDEN_CAP_STORE | (UINT64_C(1) << 63),
#if defined VARIANT_NULL_NAME
   { NULL, 5 }, { "x", SIZE_MAX }, { "\x1b[2J\xff", 5 }, TEXT(""),
#else
   TEXT("hostile"), TEXT("6.6.6"), TEXT("breaks the contract"), TEXT(""),
#endif
#if defined VARIANT_NO_TABLE
   sizeof BACKEND ? NULL : &BACKEND,
#else
   &BACKEND,
#endif
#if defined VARIANT_NULL_KEYS
   WARDEN_SCHEMA_CLOSED, 0, NULL, 1, sizeof(warden_key)
#elif defined VARIANT_MANY_KEYS
   WARDEN_SCHEMA_CLOSED, 0, &KEY, SIZE_MAX, sizeof(warden_key)
#elif defined VARIANT_SHORT_KEY
   WARDEN_SCHEMA_OPEN, 0, &KEY, 1, sizeof(warden_key)
#else
   WARDEN_NO_KEYS
#endif
};
