// Package sink is where the log package leaves its lines and the border to the host picks them up.
package sink

// The levels of the host, WARDEN_LOG_*.
const (
	Error = 1 + iota
	Warn
	Info
	Debug
	Trace
)

// Log hands a line to the host. There is none before the first Init.
var Log func(level int, message string)

// Heard tells whether the host listens to a level.
var Heard func(level int) bool
