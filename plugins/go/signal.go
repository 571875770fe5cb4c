package warden

// From the C structs to v0.3's types. Everything is copied: nothing of the host is kept.

/*
#include "warden_go.h"
*/
import "C"

import (
	"net"
	"strconv"
	"time"
	"unsafe"

	"warden/types"
)

// endless is when a ban without end ends, as v0.3's columns can hold it.
var endless = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

func text(s C.warden_str) string {
	if s.len == 0 {
		return ""
	}
	return string(unsafe.Slice((*byte)(unsafe.Pointer(s.ptr)), int(s.len)))
}

func when(us C.int64_t) time.Time {
	switch us {
	case C.WARDEN_FOREVER_US:
		return endless
	case C.WARDEN_UNKNOWN_US:
		return time.Time{}
	}
	return time.UnixMicro(int64(us))
}

func pairs(first *C.warden_go_pairs, count C.size_t) map[string]string {
	out := make(map[string]string, int(count))
	if count > 0 {
		for _, pair := range unsafe.Slice((*C.warden_pair)(unsafe.Pointer(first)), int(count)) {
			out[text(pair.key)] = text(pair.value)
		}
	}
	return out
}

// at is the element of an array that travels with its stride.
func at(first unsafe.Pointer, i, stride C.size_t) unsafe.Pointer {
	return unsafe.Add(first, int(i*stride))
}

// signalsOf is what to insert: one signal, or one for each ban when only the bans are to be kept. v0.3's interface knows
// no bans without a signal; such a signal says of itself what its ban says.
func signalsOf(from *C.warden_go_signal) []types.SignalOccurence {
	var s C.warden_signal
	C.warden_take(unsafe.Pointer(&s), C.sizeof_warden_signal, unsafe.Pointer(from))
	whole := signalOf(&s)
	if s.flags&C.WARDEN_SIGNAL_BANS_ONLY == 0 {
		return []types.SignalOccurence{whole}
	}
	var signals []types.SignalOccurence
	for _, ban := range whole.BanApplications {
		one := whole
		one.BanApplications = []types.BanApplication{ban}
		one.Scenario, one.Source_ip, one.Source_Country = ban.Reason, ban.IpText, ban.TargetCN
		one.Source_AutonomousSystemNumber, one.Source_AutonomousSystemOrganization = "", ban.TargetASName
		if ban.TargetAS != 0 {
			one.Source_AutonomousSystemNumber = strconv.Itoa(ban.TargetAS)
		}
		signals = append(signals, one)
	}
	return signals
}

func signalOf(s *C.warden_signal) types.SignalOccurence {
	out := types.SignalOccurence{
		Model:                               types.Model{CreatedAt: when(s.created_us)},
		MapKey:                              text(s.map_key),
		Scenario:                            text(s.scenario),
		Bucket_id:                           text(s.bucket_id),
		Alert_message:                       text(s.alert_message),
		Events_count:                        int(s.events_count),
		Start_at:                            when(s.start_us),
		Stop_at:                             when(s.stop_us),
		Source_ip:                           text(s.source_ip),
		Source_range:                        text(s.source_range),
		Source_AutonomousSystemNumber:       text(s.as_number),
		Source_AutonomousSystemOrganization: text(s.as_name),
		Source_Country:                      text(s.country),
		Source_Latitude:                     float64(s.latitude),
		Source_Longitude:                    float64(s.longitude),
		Dest_ip:                             text(s.dest_ip),
		Capacity:                            int(s.capacity),
		Leak_speed:                          time.Duration(s.leak_speed_ns),
		Whitelisted:                         s.flags&C.WARDEN_SIGNAL_WHITELISTED != 0,
		Simulation:                          s.flags&C.WARDEN_SIGNAL_SIMULATION != 0,
		Reprocess:                           s.flags&C.WARDEN_SIGNAL_REPROCESS != 0,
		Labels:                              pairs((*C.warden_go_pairs)(unsafe.Pointer(s.labels)), s.label_count),
		Sources:                             map[string]types.Source{},
	}
	if s.source != nil {
		source := sourceOf(unsafe.Pointer(s.source))
		out.Source = &source
	}
	for i := C.size_t(0); i < s.source_count; i++ {
		source := sourceOf(at(unsafe.Pointer(s.sources), i, s.source_stride))
		out.Sources[source.Ip.String()] = source
	}
	for i := C.size_t(0); i < s.ban_count; i++ {
		out.BanApplications = append(out.BanApplications, banOf(at(unsafe.Pointer(s.bans), i, s.ban_stride)))
	}
	for i := C.size_t(0); i < s.event_count; i++ {
		out.Events_sequence = append(out.Events_sequence, eventOf(at(unsafe.Pointer(s.events), i, s.event_stride)))
	}
	return out
}

func banOf(from unsafe.Pointer) types.BanApplication {
	var b C.warden_ban
	C.warden_take(unsafe.Pointer(&b), C.sizeof_warden_ban, from)
	out := types.BanApplication{
		MeasureSource: text(b.source),
		MeasureType:   text(b.action),
		MeasureExtra:  text(b.extra),
		Until:         when(b.until_us),
		TargetCN:      text(b.country),
		TargetAS:      int(b.as_number),
		TargetASName:  text(b.as_name),
		IpText:        text(b.target),
		Reason:        text(b.reason),
		Scenario:      text(b.scenario),
	}
	if b._range.family == 4 {
		out.StartIp, out.EndIp = number(b._range.first), number(b._range.last)
	}
	return out
}

func number(octets [16]C.uint8_t) uint32 {
	return uint32(octets[0])<<24 | uint32(octets[1])<<16 | uint32(octets[2])<<8 | uint32(octets[3])
}

func eventOf(from unsafe.Pointer) types.EventSequence {
	var e C.warden_event
	C.warden_take(unsafe.Pointer(&e), C.sizeof_warden_event, from)
	out := types.EventSequence{Time: when(e.time_us), Serialized: text(e.serialized)}
	if e.source != nil {
		out.Source = sourceOf(unsafe.Pointer(e.source))
		out.Source_ip = out.Source.Ip.String()
		out.Source_AutonomousSystemNumber = out.Source.AutonomousSystemNumber
		out.Source_AutonomousSystemOrganization = out.Source.AutonomousSystemOrganization
		out.Source_Country = out.Source.Country
		if out.Source.Range.IP != nil {
			out.Source_range = out.Source.Range.String()
		}
	}
	return out
}

func sourceOf(from unsafe.Pointer) types.Source {
	var s C.warden_source
	C.warden_take(unsafe.Pointer(&s), C.sizeof_warden_source, from)
	out := types.Source{
		Ip:                           network(s.ip).IP,
		Range:                        network(s._range),
		AutonomousSystemNumber:       text(s.as_number),
		AutonomousSystemOrganization: text(s.as_name),
		Country:                      text(s.country),
		Latitude:                     float64(s.latitude),
		Longitude:                    float64(s.longitude),
		Flags:                        map[string]bool{},
	}
	if s.flag_count > 0 {
		for _, flag := range unsafe.Slice((*C.warden_str)(unsafe.Pointer(s.flags)), int(s.flag_count)) {
			out.Flags[text(flag)] = true
		}
	}
	return out
}

// network is the narrowest one that holds a span of addresses; an unknown span is an empty one.
func network(r C.warden_range) net.IPNet {
	length := map[C.uint8_t]int{4: net.IPv4len, 6: net.IPv6len}[r.family]
	if length == 0 {
		return net.IPNet{}
	}
	ip, prefix := make(net.IP, length), 0
	for i := range ip {
		ip[i] = byte(r.first[i])
	}
	for prefix < 8*length {
		bit := C.uint8_t(0x80 >> (prefix % 8))
		if (r.first[prefix/8]^r.last[prefix/8])&bit != 0 {
			break
		}
		prefix++
	}
	return net.IPNet{IP: ip, Mask: net.CIDRMask(prefix, 8*length)}
}
