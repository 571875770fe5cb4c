package main

import (
	"time"

	log "warden/log"
	"warden/types"
)

//This is where you would hold your plugin-specific context
type pluginDummy struct {
	//some persistent data
}

func (p *pluginDummy) Shutdown() error {
	return nil
}

func (p *pluginDummy) StartAutoCommit() error {
	return nil
}

func (p *pluginDummy) Init(config map[string]string) error {
	log.Infof("pluginDummy config : %+v ", config)
	return nil
}

func (p *pluginDummy) Delete(target string) (int, error) {
	return 0, nil
}

func (p *pluginDummy) DeleteAll() error {
	return nil
}

func (p *pluginDummy) Insert(sig types.SignalOccurence) error {
	log.Infof("insert signal : %+v", sig)
	return nil
}

func (p *pluginDummy) Flush() error {
	return nil
}

func (p *pluginDummy) ReadAT(timeAT time.Time) ([]map[string]string, error) {
	return nil, nil
}

// New is used by the plugin system to get the context
func New() interface{} {
    return &pluginDummy{}
}

// empty main function is mandatory since we are in a main package
func main() {}
