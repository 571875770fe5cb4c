// Package types holds what a backend receives, under the names of CrowdSec v0.3.7 ("occurence" is theirs).
package types

import (
	"net"
	"time"
)

// Model is what every record carries. warden fills CreatedAt of a signal and leaves the rest empty.
type Model struct {
	ID        uint
	CreatedAt time.Time
	UpdatedAt time.Time
	DeletedAt *time.Time
}

// SignalOccurence is one overflow, with the bans that it orders.
type SignalOccurence struct {
	Model                               `json:"-"`
	MapKey                              string
	Scenario                            string           `json:"scenario,omitempty"`
	Bucket_id                           string           `json:"bucket_id,omitempty"`
	Alert_message                       string           `json:"alert_message,omitempty"`
	Events_count                        int              `json:"events_count,omitempty"`
	Events_sequence                     []EventSequence  `json:"-"`
	Start_at                            time.Time        `json:"start_at,omitempty"`
	BanApplications                     []BanApplication `json:"ban_applications,omitempty"`
	Stop_at                             time.Time        `json:"stop_at,omitempty"`
	Source                              *Source          `json:"source"`
	Source_ip                           string
	Source_range                        string
	Source_AutonomousSystemNumber       string
	Source_AutonomousSystemOrganization string
	Source_Country                      string
	Source_Latitude                     float64
	Source_Longitude                    float64
	Sources                             map[string]Source `json:"sources,omitempty"`
	Dest_ip                             string            `json:"dst_ip,omitempty"`
	Capacity                            int               `json:"capacity,omitempty"`
	Leak_speed                          time.Duration     `json:"leak_speed,omitempty"`
	Whitelisted                         bool
	Simulation                          bool
	Reprocess                           bool
	Labels                              map[string]string
}

// BanApplication is one ban. StartIp and EndIp are the ends of an IPv4 range, and 0 for IPv6: read IpText. A ban
// without end has the end of the year 9999 in Until.
type BanApplication struct {
	Model             `json:"-"`
	MeasureSource     string
	MeasureType       string
	MeasureExtra      string
	Until             time.Time
	StartIp           uint32
	EndIp             uint32
	TargetCN          string
	TargetAS          int
	TargetASName      string
	IpText            string
	Reason            string
	Scenario          string
	SignalOccurenceID uint
}

// EventSequence is one event behind a signal.
type EventSequence struct {
	Model                               `json:"-"`
	Time                                time.Time
	Source                              Source `json:"-"`
	Source_ip                           string
	Source_range                        string
	Source_AutonomousSystemNumber       string
	Source_AutonomousSystemOrganization string
	Source_Country                      string
	SignalOccurenceID                   uint
	Serialized                          string
}

// Source is who did it, with what enrichment knows.
type Source struct {
	Model                        `json:"-"`
	Ip                           net.IP
	Range                        net.IPNet
	AutonomousSystemNumber       string
	AutonomousSystemOrganization string
	Country                      string
	Latitude                     float64
	Longitude                    float64
	Flags                        map[string]bool
}
