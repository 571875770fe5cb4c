/* The table of calls: each goes to the Go function of its name in border.go. `self` is a handle, not a pointer. */
#include "_cgo_export.h"

static warden_status init(const warden_host *host, const warden_pair *config, size_t count, void **self, warden_error *err) {
   uintptr_t handle = 0;
   warden_status status = wardenGoInit((warden_go_host *)host, (warden_go_pairs *)config, count, &handle, err);
   *self = (void *)handle;
   return status;
}

static warden_status probe(void *self, warden_error *err) { return wardenGoProbe((uintptr_t)self, err); }

static warden_status insert(void *self, const warden_signal *signal, warden_inserted *inserted, warden_error *err) {
   (void)inserted;   /* v0.3's interface does not say what an insert did */
   return wardenGoInsert((uintptr_t)self, signal, err);
}

static warden_status read_at(void *self, int64_t at_us, const warden_sink *sink, warden_error *err) {
   return wardenGoReadAT((uintptr_t)self, at_us, sink, err);
}

static warden_status delete_target(void *self, warden_str target, uint64_t *deleted, warden_error *err) {
   return wardenGoDelete((uintptr_t)self, target, deleted, err);
}

static warden_status delete_all(void *self, uint64_t *deleted, warden_error *err) {
   (void)deleted;    /* as above */
   return wardenGoDeleteAll((uintptr_t)self, err);
}

static warden_status flush(void *self, warden_error *err) { return wardenGoFlush((uintptr_t)self, err); }
static warden_status discard(void *self, warden_error *err) { return wardenGoDiscard((uintptr_t)self, err); }
static warden_status start(void *self, warden_error *err) { return wardenGoStartAutoCommit((uintptr_t)self, err); }
static warden_status shutdown(void *self, warden_error *err) { return wardenGoShutdown((uintptr_t)self, err); }
static void destroy(void *self) { wardenGoDestroy((uintptr_t)self); }

static const void *get_extension(void *self, const char *id) {
   (void)self, (void)id;
   return NULL;
}

const warden_backend warden_go_backend = {
   sizeof(warden_backend), 0, init, probe, insert, read_at, delete_target, delete_all,
   flush, discard, start, shutdown, destroy, get_extension
};
