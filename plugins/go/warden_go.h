/* warden_go.h -- between the C ABI and Go. A plugin's warden.go uses the macro alone. */
#ifndef WARDEN_GO_H
#define WARDEN_GO_H
#include "warden_plugin.h"

/* What warden reads before it starts the plugin: constant data, so it cannot come from Go code. After the capabilities
 * come the keys of its configuration, each a WARDEN_KEY(kind, name, preset, choices, help); without any, warden does not
 * check the configuration. */
#define WARDEN_GO_PLUGIN(name, version, description, ...)                                                               \
   WARDEN_GO_DESCRIPTOR(name, version, description, __VA_ARGS__, )
#define WARDEN_GO_DESCRIPTOR(name, version, description, capabilities, ...)                                             \
   static const warden_key warden_go_keys[] = { __VA_ARGS__ };                                                          \
   const warden_plugin warden_plugin_v1 = {                                                                             \
      WARDEN_PLUGIN_MAGIC, sizeof(warden_plugin), WARDEN_ABI_MAJOR, WARDEN_ABI_MINOR, capabilities,                     \
      WARDEN_TEXT(name), WARDEN_TEXT(version), WARDEN_TEXT(description), WARDEN_TEXT(""), &warden_go_backend,           \
      sizeof warden_go_keys ? WARDEN_SCHEMA_CLOSED : WARDEN_SCHEMA_NONE, 0,                                             \
      warden_go_keys, sizeof warden_go_keys / sizeof(warden_key), sizeof(warden_key) }
extern const warden_backend warden_go_backend;

/* cgo does not carry `const` over: these names do. */
typedef const warden_host   warden_go_host;
typedef const warden_pair   warden_go_pairs;
typedef const warden_signal warden_go_signal;
typedef const warden_sink   warden_go_sink;
#endif
