/* warden_go.h -- between the C ABI and Go. A plugin's warden.go uses the macro alone. */
#ifndef WARDEN_GO_H
#define WARDEN_GO_H
#include "warden_plugin.h"

/* What warden reads before it starts the plugin: constant data, so it cannot come from Go code. */
#define WARDEN_GO_TEXT(text) { text, sizeof text - 1 }
#define WARDEN_GO_PLUGIN(name, version, description, capabilities)                                                      \
   const warden_plugin warden_plugin_v1 = {                                                                             \
      WARDEN_PLUGIN_MAGIC, sizeof(warden_plugin), WARDEN_ABI_MAJOR, WARDEN_ABI_MINOR, capabilities,                     \
      WARDEN_GO_TEXT(name), WARDEN_GO_TEXT(version), WARDEN_GO_TEXT(description), WARDEN_GO_TEXT(""),                   \
      &warden_go_backend }
extern const warden_backend warden_go_backend;

/* cgo does not carry `const` over: these names do. */
typedef const warden_host   warden_go_host;
typedef const warden_pair   warden_go_pairs;
typedef const warden_signal warden_go_signal;
typedef const warden_sink   warden_go_sink;
#endif
