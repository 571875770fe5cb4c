package warden

// What Go asks of the host: its log, the place for an error, the sink for rows.

/*
#include "warden_go.h"

static warden_str warden_go_str(_GoString_ s) { warden_str str = { _GoStringPtr(s), _GoStringLen(s) }; return str; }

static void warden_go_log(warden_go_host *host, int32_t level, _GoString_ message) {
   host->log(host->ctx, level, warden_go_str(message));
}

static void warden_go_fail(warden_error *err, _GoString_ message) {
   warden_str empty = { NULL, 0 };
   err->set(err->ctx, warden_go_str(message), empty, empty);
}

static int32_t warden_go_row(warden_go_sink *sink, warden_row row, _GoString_ source, _GoString_ target, _GoString_ reason,
                             _GoString_ scenario, _GoString_ action, _GoString_ country, _GoString_ as_text, _GoString_ as_name) {
   row.struct_size = sizeof row;
   row.source  = warden_go_str(source);
   row.target  = warden_go_str(target);
   row.reason  = warden_go_str(reason);
   row.scenario = warden_go_str(scenario);
   row.action  = warden_go_str(action);
   row.country = warden_go_str(country);
   row.as_text = warden_go_str(as_text);
   row.as_name = warden_go_str(as_name);
   return sink->row(sink->ctx, &row);
}
*/
import "C"

import (
	"errors"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"warden/internal/sink"
)

// errStopped ends a read that the host wants no more rows of.
var errStopped = errors.New("stopped by the reader")

// listener is the host of the instance that was entered last: who hears the log.
var listener struct {
	sync.RWMutex
	host *C.warden_go_host
}

func init() {
	sink.Log = func(level int, message string) {
		listener.RLock()
		defer listener.RUnlock()
		if listener.host != nil {
			C.warden_go_log(listener.host, C.int32_t(level), message)
		}
	}
	sink.Heard = func(level int) bool {
		listener.RLock()
		defer listener.RUnlock()
		return listener.host != nil && C.int32_t(level) <= listener.host.max_log_level
	}
}

func speakTo(host *C.warden_go_host) {
	listener.Lock()
	defer listener.Unlock()
	listener.host = host
}

func forget(host *C.warden_go_host) {
	listener.Lock()
	defer listener.Unlock()
	if listener.host == host {
		listener.host = nil
	}
}

func report(err *C.warden_error, message string) {
	C.warden_go_fail(err, message)
}

// forever is what v0.3 prints as the time left of a ban without end.
const forever = 2562047*time.Hour + 47*time.Minute + 16*time.Second

// send makes rows of what ReadAT returned; `until` is the time left from now, by the clock that the plugin itself has.
func send(rows []map[string]string, now time.Time, to *C.warden_go_sink) error {
	for _, r := range rows {
		row := C.warden_row{start_us: C.WARDEN_UNKNOWN_US, until_us: C.WARDEN_UNKNOWN_US, ended_us: C.WARDEN_UNKNOWN_US}
		if left, e := time.ParseDuration(r["until"]); e == nil && left >= forever {
			row.until_us = C.WARDEN_FOREVER_US
		} else if e == nil {
			row.until_us = C.int64_t(now.Add(left).UnixMicro())
		}
		number, name, _ := strings.Cut(r["as"], " ")
		as, _ := strconv.ParseUint(number, 10, 32)
		row.as_number = C.uint32_t(as)
		row.ban_count = C.uint64_t(count(r["bancount"]))
		row.events_count = C.uint64_t(count(r["events_count"]))
		setRange(&row._range, r["iptext"])
		if C.warden_go_row(to, row, r["source"], r["iptext"], r["reason"], r["scenario"], r["action"], r["cn"], r["as"], name) != 0 {
			return errStopped
		}
	}
	return nil
}

func count(text string) uint64 {
	number, _ := strconv.ParseUint(text, 10, 64)
	return number
}

// setRange fills in the addresses that a target covers; a text that is none leaves them unknown.
func setRange(out *C.warden_range, target string) {
	ip, network, e := net.ParseCIDR(target)
	if e != nil {
		if ip = net.ParseIP(target); ip == nil {
			return
		}
		bits := 8 * len(ip)
		network = &net.IPNet{IP: ip, Mask: net.CIDRMask(bits, bits)}
	}
	first, mask := network.IP, network.Mask
	out.family = 6
	if v4 := first.To4(); v4 != nil {
		first, mask = v4, mask[len(mask)-len(v4):]
		out.family = 4
	}
	for i := range first {
		out.first[i] = C.uint8_t(first[i] & mask[i])
		out.last[i] = C.uint8_t(first[i] | ^mask[i])
	}
}
