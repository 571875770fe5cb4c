// Package warden lets a backend that was written to CrowdSec v0.3's interface run in warden: the types are in
// warden/types, logging is in warden/log, and a file warden.go beside the backend registers its New.
package warden

import (
	"time"

	"warden/types"
)

// Backend is what New returns.
type Backend interface {
	Insert(types.SignalOccurence) error
	ReadAT(time.Time) ([]map[string]string, error)
	Delete(string) (int, error)
	Init(map[string]string) error
	Flush() error
	Shutdown() error
	DeleteAll() error
	StartAutoCommit() error
}

// Discarder is a Backend that keeps what was inserted and deleted pending until Flush, and can drop it. It may then say
// WARDEN_CAP_TRANSACTIONAL.
type Discarder interface {
	Discard() error
}

// Prober is a Backend that can tell whether its storage is fit for a write now.
type Prober interface {
	Probe() error
}

var newBackend func() interface{}

// Register tells warden how an instance is made. warden.go calls it.
func Register(new func() interface{}) {
	newBackend = new
}
