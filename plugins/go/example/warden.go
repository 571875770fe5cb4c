package main

// What warden knows of the plugin before it starts it, and how it starts it. This file stands beside the backend.

/*
#cgo CFLAGS: -I${SRCDIR}/..
#include "warden_go.h"

WARDEN_GO_PLUGIN("dummy", "1.0.0", "logs each call and stores nothing", 0);
*/
import "C"

import "warden"

func init() { warden.Register(New) }
