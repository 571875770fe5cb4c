// @NAME@: a backend, in the words of CrowdSec v0.3. It logs each call and stores nothing: fill in what it is to do.
package main

import (
	"time"

	"warden/log"
	"warden/types"
)

// backend is what one configured backend keeps between calls.
type backend struct{}

// Init is called first. An error discards the backend; the others go on.
func (b *backend) Init(config map[string]string) error {
	log.Debugf("%d keys of configuration", len(config))
	return nil
}

// Insert is called for every signal, with the bans that it orders.
func (b *backend) Insert(signal types.SignalOccurence) error {
	for _, ban := range signal.BanApplications {
		log.Infof("%s %s until %s", ban.MeasureType, ban.IpText, ban.Until)
	}
	return nil
}

// ReadAT answers the bans that are active at a time. The keys are source, iptext, reason, scenario, action, cn, as,
// bancount, events_count and until: the time left from now. Say WARDEN_CAP_STORE in warden.go once it answers,
// and WARDEN_CAP_ENFORCES once bans are applied.
func (b *backend) ReadAT(at time.Time) ([]map[string]string, error) {
	return nil, nil
}

// Delete ends the bans of a target, and says how many.
func (b *backend) Delete(target string) (int, error) {
	log.Infof("delete %s", target)
	return 0, nil
}

// DeleteAll ends every ban.
func (b *backend) DeleteAll() error {
	log.Info("delete all")
	return nil
}

// Flush is called after every write: the place for what is slow.
func (b *backend) Flush() error {
	return nil
}

// StartAutoCommit is called once when warden keeps running: the place to start goroutines.
func (b *backend) StartAutoCommit() error {
	return nil
}

// Shutdown is called last: end what StartAutoCommit began.
func (b *backend) Shutdown() error {
	return nil
}

// New makes a backend; warden.go registers it.
func New() interface{} {
	return &backend{}
}

// A plugin has no program of its own, but Go wants a main.
func main() {}
