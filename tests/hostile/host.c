/* A host, for the tests of minors: drives the plugin that it is given and prints what comes back. Compiled with the
 * header of a minor to come, whose structs are longer; what is behind their known fields is filled with ones. */
#include "warden_plugin.h"
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#define TEXT(literal) { literal, sizeof literal - 1 }
#define NEW(type, name) warden_##type name; memset(&name, 0xff, sizeof name); fill(&name, sizeof name)

/* Zeroes, but for the end that only this minor knows. */
static void fill(void *at, size_t size) {
   uint32_t struct_size = (uint32_t)size;
   memset(at, 0, size - 5 * sizeof(uint64_t));
   memcpy(at, &struct_size, sizeof struct_size);
}

static void set_error(void *ctx, warden_str message, warden_str key, warden_str hint) {
   (void)ctx, (void)key, (void)hint;
   printf("error %.*s\n", (int)message.len, message.ptr);
}

static void log_line(void *ctx, int32_t level, warden_str message) {
   (void)ctx, (void)level;
   printf("log %.*s\n", (int)message.len, message.ptr);
}

static int32_t is_cancelled(void *ctx) { return (void)ctx, 0; }
static const void *no_extension(void *ctx, const char *id) { return (void)ctx, (void)id, (const void *)NULL; }
static int64_t now_us(void *ctx) { return (void)ctx, 1000000; }

static const char *prefix = "";
static int32_t print_row(void *ctx, const warden_row *row) {
   (void)ctx;
   printf("%srow %.*s %.*s %.*s\n", prefix, (int)row->target.len, row->target.ptr, (int)row->source.len, row->source.ptr,
          (int)row->reason.len, row->reason.ptr);
   return 0;
}

/* The extensions, of a plugin that has them: asks for a range, and undoes the last change. */
static void check(const char *call, warden_status status);

static int32_t print_change(void *ctx, const warden_change *change) {
   *(uint64_t *)ctx = change->id;
   printf("change of `%.*s` by %.*s: added %d, ended %d\n", (int)change->command.len, change->command.ptr,
          (int)change->actor.len, change->actor.ptr, (int)change->added, (int)change->ended);
   return 1;
}

static void use_extensions(const warden_backend *backend, void *self, const warden_sink *sink, warden_error *err) {
   const warden_ext_query *queries = (const warden_ext_query *)backend->get_extension(self, WARDEN_EXT_QUERY);
   const warden_ext_undo *undoes = (const warden_ext_undo *)backend->get_extension(self, WARDEN_EXT_UNDO);
   uint32_t applied = 0;
   uint64_t id = 0;
   warden_range targets[2];
   if (!queries || !undoes) return;
   memset(targets, 0, sizeof targets);
   for (int i = 0; i < 2; i++) {
      const uint8_t first[] = { 192, 0, 2, (uint8_t)i }, last[] = { 192, 0, 2, i ? 1 : 255 };
      targets[i].family = 4, memcpy(targets[i].first, first, 4), memcpy(targets[i].last, last, 4);
   }
   NEW(query, query);
   query.wanted = WARDEN_Q_TARGET | WARDEN_Q_TARGETS, query.at_us = 2000000;
   query.target = targets[0], query.targets = targets, query.target_count = 2;
   prefix = "among ";
   check("query", queries->read(self, &query, &applied, sink, err));
   check("changes", undoes->changes(self, 9, &id, print_change, err));
   check("undo", undoes->undo(self, id, err));
   check("flush", backend->flush(self, err));
   prefix = "undone ";
   check("read_at", backend->read_at(self, 2000000, sink, err));
}

static void check(const char *call, warden_status status) {
   if (status != WARDEN_OK) printf("%s: status %d\n", call, (int)status);
}

int main(int argc, char **argv) {
   static const warden_str cli = TEXT("cli"), ban = TEXT("ban"), reason = TEXT("one"), address = TEXT("192.0.2.1"),
                           network = TEXT("192.0.2.0/24"), actor = TEXT("tester"), command = TEXT("test"),
                           json = TEXT("{}");
   const warden_plugin *plugin;
   void *library, *self = NULL;
   uint64_t deleted = 0;
   warden_sink sink = { NULL, print_row };
   if (argc < 2 || !(library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL))) return fprintf(stderr, "%s\n", dlerror()), 1;
   if (!(plugin = (const warden_plugin *)dlsym(library, WARDEN_PLUGIN_SYMBOL))) return 1;
   printf("abi %u.%u\n", plugin->abi_major, plugin->abi_minor);

   NEW(error, err);
   err.set = set_error;
   NEW(host, host);
   host.abi_major = WARDEN_ABI_MAJOR, host.abi_minor = WARDEN_ABI_MINOR, host.max_log_level = WARDEN_LOG_TRACE;
   host.log = log_line, host.is_cancelled = is_cancelled, host.get_extension = no_extension, host.now_us = now_us;
   const warden_backend *backend = plugin->backend;
   host.actor = actor, host.command = command;
   warden_pair config[8];
   size_t count = 0;
   for (; count < 8 && argv[count + 2]; count++) {
      char *key = argv[count + 2], *value = strchr(key, '=') + 1;
      config[count].key.ptr = key, config[count].key.len = (size_t)(value - key - 1);
      config[count].value.ptr = value, config[count].value.len = strlen(value);
   }
   check("init", backend->init(&host, config, count, &self, &err));

   warden_ban bans[2];
   warden_event events[2];
   warden_source sources[2];
   memset(bans, 0xff, sizeof bans), memset(events, 0xff, sizeof events), memset(sources, 0xff, sizeof sources);
   for (int i = 0; i < 2; i++) {
      fill(&bans[i], sizeof bans[i]), fill(&events[i], sizeof events[i]), fill(&sources[i], sizeof sources[i]);
      bans[i].source = cli, bans[i].action = ban, bans[i].reason = reason, bans[i].until_us = WARDEN_FOREVER_US;
      bans[i].target = i ? network : address;
      events[i].serialized = json, events[i].source = &sources[i];
   }
   NEW(signal, signal);
   signal.scenario = reason, signal.stop_us = 1000000;
   signal.bans = bans, signal.ban_count = 2, signal.ban_stride = sizeof *bans;
   signal.events = events, signal.event_count = 2, signal.event_stride = sizeof *events;
   signal.sources = sources, signal.source_count = 2, signal.source_stride = sizeof *sources;
   NEW(inserted, inserted);
   check("insert", backend->insert(self, &signal, &inserted, &err));
   if (inserted.inserted) printf("inserted %d\n", (int)inserted.inserted);
   check("flush", backend->flush(self, &err));
   check("read_at", backend->read_at(self, 2000000, &sink, &err));
   check("delete_target", backend->delete_target(self, address, &deleted, &err));
   if (deleted) printf("deleted %d\n", (int)deleted);
   check("flush", backend->flush(self, &err));
   check("read_at", backend->read_at(self, 2000000, &sink, &err));
   use_extensions(backend, self, &sink, &err);
   check("shutdown", backend->shutdown(self, &err));
   backend->destroy(self);
   return 0;
}
