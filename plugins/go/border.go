package warden

// What the host calls. Every function is one line of guard: no panic leaves Go.

/*
#include "warden_go.h"
*/
import "C"

import (
	"fmt"
	"runtime"
	"runtime/cgo"
	"strings"
	"time"
)

// instance is one configured backend.
type instance struct {
	backend  Backend
	host     *C.warden_go_host
	poisoned bool
}

//export wardenGoInit
func wardenGoInit(host *C.warden_go_host, config *C.warden_go_pairs, count C.size_t, self *C.uintptr_t, err *C.warden_error) C.warden_status {
	return guard(&instance{host: host}, err, func(i *instance) error {
		made := newBackend()
		backend, ok := made.(Backend)
		if !ok {
			return fmt.Errorf("New returns a %T, which lacks a method of the Backend interface", made)
		}
		i.backend = backend
		if e := backend.Init(pairs(config, count)); e != nil {
			return configError{e}
		}
		*self = C.uintptr_t(cgo.NewHandle(i))
		return nil
	})
}

//export wardenGoProbe
func wardenGoProbe(self C.uintptr_t, err *C.warden_error) C.warden_status {
	return call(self, err, func(b Backend) error {
		if prober, ok := b.(Prober); ok {
			return prober.Probe()
		}
		return nil
	})
}

//export wardenGoInsert
func wardenGoInsert(self C.uintptr_t, signal *C.warden_go_signal, err *C.warden_error) C.warden_status {
	return call(self, err, func(b Backend) error {
		for _, s := range signalsOf(signal) {
			if e := b.Insert(s); e != nil {
				return e
			}
		}
		return nil
	})
}

//export wardenGoReadAT
func wardenGoReadAT(self C.uintptr_t, at C.int64_t, sink *C.warden_go_sink, err *C.warden_error) C.warden_status {
	return guard(of(self), err, func(i *instance) error {
		rows, e := i.backend.ReadAT(time.UnixMicro(int64(at)))
		if e != nil {
			return e
		}
		return send(rows, time.Now(), sink)
	})
}

//export wardenGoDelete
func wardenGoDelete(self C.uintptr_t, target C.warden_str, deleted *C.uint64_t, err *C.warden_error) C.warden_status {
	return call(self, err, func(b Backend) error {
		count, e := b.Delete(text(target))
		if e == nil && count > 0 {
			*deleted = C.uint64_t(count)
		}
		return e
	})
}

//export wardenGoDeleteAll
func wardenGoDeleteAll(self C.uintptr_t, err *C.warden_error) C.warden_status {
	return call(self, err, Backend.DeleteAll)
}

//export wardenGoFlush
func wardenGoFlush(self C.uintptr_t, err *C.warden_error) C.warden_status {
	return call(self, err, Backend.Flush)
}

//export wardenGoDiscard
func wardenGoDiscard(self C.uintptr_t, err *C.warden_error) C.warden_status {
	return call(self, err, func(b Backend) error {
		if discarder, ok := b.(Discarder); ok {
			return discarder.Discard()
		}
		return nil
	})
}

//export wardenGoStartAutoCommit
func wardenGoStartAutoCommit(self C.uintptr_t, err *C.warden_error) C.warden_status {
	return call(self, err, Backend.StartAutoCommit)
}

//export wardenGoShutdown
func wardenGoShutdown(self C.uintptr_t, err *C.warden_error) C.warden_status {
	return call(self, err, Backend.Shutdown)
}

//export wardenGoDestroy
func wardenGoDestroy(self C.uintptr_t) {
	forget(of(self).host)
	cgo.Handle(self).Delete()
}

// of is the instance behind a handle.
func of(self C.uintptr_t) *instance {
	return cgo.Handle(self).Value().(*instance)
}

func call(self C.uintptr_t, err *C.warden_error, f func(Backend) error) C.warden_status {
	return guard(of(self), err, func(i *instance) error { return f(i.backend) })
}

// guard runs a call, reports its error and catches its panic.
func guard(i *instance, err *C.warden_error, f func(*instance) error) (status C.warden_status) {
	defer func() {
		if said := recover(); said != nil {
			i.poisoned = true
			report(err, fmt.Sprintf("panicked at %s: %v", panicPlace(), said))
			status = C.WARDEN_E_PANIC
		}
	}()
	if i.poisoned {
		report(err, "the instance panicked before")
		return C.WARDEN_E_PANIC
	}
	speakTo(i.host)
	switch e := f(i); e {
	case nil:
		return C.WARDEN_OK
	case errStopped:
		return C.WARDEN_STOPPED
	default:
		report(err, e.Error())
		return statusOf(e)
	}
}

// configError is what Init answers: v0.3's interface knows no kinds of error.
type configError struct{ error }

func statusOf(e error) C.warden_status {
	if _, ok := e.(configError); ok {
		return C.WARDEN_E_CONFIG
	}
	return C.WARDEN_E_INTERNAL
}

// panicPlace is the file and line that the panic came from: the first frame that is neither the runtime's nor the log's.
func panicPlace() string {
	callers := make([]uintptr, 32)
	frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers)])
	for {
		frame, more := frames.Next()
		ours := strings.HasPrefix(frame.Function, "runtime.") || strings.HasPrefix(frame.Function, "warden/log.")
		if !ours || !more {
			return fmt.Sprintf("%s:%d", frame.File, frame.Line)
		}
	}
}
