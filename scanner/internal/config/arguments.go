package config

import (
	"errors"
	"flag"
	"io"
	"strings"
)

// arguments are what only the command line can say, and the settings it gives.
type arguments struct {
	settings         settings
	output           string
	analysisID       string
	pids             map[uint32]bool
	dryRun           bool
	json             bool
	quiet            bool
	selfTest         bool
	failOnSuspicious bool
}

// collected gathers the values of an option that may be repeated.
type collected struct{ values []string }

func (c *collected) String() string { return strings.Join(c.values, ",") }

func (c *collected) Set(value string) error {
	c.values = append(c.values, value)
	return nil
}

func parseArguments(args []string) (arguments, error) {
	var a arguments
	var pids, exclude collected
	var version, private bool
	texts := map[string]*string{}
	set := flag.NewFlagSet("scanner", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	text := func(setting string, names ...string) {
		texts[setting] = new(string)
		for _, name := range names {
			set.StringVar(texts[setting], name, "", "")
		}
	}
	text(settingKey, "k", "key")
	text(settingKeyFile, "key-file")
	text(settingURL, "u", "url")
	text(settingProxy, "p", "proxy")
	text(settingCA, "ca")
	text(settingFingerprint, "fingerprint", "pin")
	text(settingTimeout, "timeout")
	text(settingProcessTime, "process-timeout")
	text(settingCPU, "cpu")
	text(settingMemory, "mem")
	text(settingMaxUpload, "max-upload")
	text(settingMaxRate, "max-rate")
	text(settingPrivateKey, "private-key-file")
	text(settingEncryptTo, "encrypt-to")
	for _, name := range []string{"o", "output"} {
		set.StringVar(&a.output, name, "", "")
	}
	for _, name := range []string{"i", "id"} {
		set.StringVar(&a.analysisID, name, "", "")
	}
	set.Var(&pids, "pid", "")
	set.Var(&exclude, "exclude", "")
	set.BoolVar(&a.dryRun, "dry-run", false, "")
	set.BoolVar(&a.json, "json", false, "")
	set.BoolVar(&a.quiet, "quiet", false, "")
	set.BoolVar(&a.quiet, "q", false, "")
	set.BoolVar(&a.selfTest, "self-test", false, "")
	set.BoolVar(&a.failOnSuspicious, "fail-on-suspicious", false, "")
	set.BoolVar(&private, "private", false, "")
	set.BoolVar(&version, "version", false, "")
	if err := set.Parse(args); errors.Is(err, flag.ErrHelp) {
		return a, ErrHelp
	} else if err != nil {
		return a, usage("%v", err)
	}
	if version {
		return a, ErrVersion
	}
	if emptied := firstEmpty(set); emptied != "" {
		return a, usage("option -%s needs a value", emptied)
	}
	if set.NArg() > 0 {
		return a, usage("unexpected argument %q", set.Arg(0))
	}
	a.settings = settings{settingExclude: exclude.String()}
	for name, value := range texts {
		a.settings[name] = *value
	}
	if private {
		a.settings[settingPrivate] = "yes"
	}
	var err error
	a.pids, err = parsePIDs(pids.String())
	return a, err
}

// firstEmpty names an option that was given an empty value, or the next option for a value: in a script that is a
// variable that was never set, and must not fall back to another source silently.
func firstEmpty(set *flag.FlagSet) (name string) {
	set.Visit(func(f *flag.Flag) {
		if value := f.Value.String(); (value == "" || value[0] == '-') && name == "" {
			name = f.Name
		}
	})
	return name
}
