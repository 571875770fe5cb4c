// Package log has the functions of logrus that plugins use; what they say appears in warden's own log, under the
// backend's name. Fatal does not end the program, which is not the plugin's: it panics, and the call fails.
package log

import (
	"fmt"
	"os"
	"sort"
	"strings"

	"warden/internal/sink"
)

// Fields are further facts about a line.
type Fields map[string]interface{}

// Entry is a line to be, with its fields.
type Entry struct{ fields Fields }

var plain Entry

// WithField begins a line with a field.
func WithField(key string, value interface{}) *Entry { return plain.WithField(key, value) }

// WithFields begins a line with fields.
func WithFields(fields Fields) *Entry { return plain.WithFields(fields) }

// WithError begins a line with an error.
func WithError(err error) *Entry { return plain.WithField("error", err) }

// WithField adds a field.
func (e *Entry) WithField(key string, value interface{}) *Entry {
	return e.WithFields(Fields{key: value})
}

// WithError adds an error.
func (e *Entry) WithError(err error) *Entry { return e.WithField("error", err) }

// WithFields adds fields.
func (e *Entry) WithFields(fields Fields) *Entry {
	all := Fields{}
	for _, some := range []Fields{e.fields, fields} {
		for key, value := range some {
			all[key] = value
		}
	}
	return &Entry{all}
}

func (e *Entry) say(level int, message string) string {
	message = strings.TrimRight(message, "\n")
	keys := make([]string, 0, len(e.fields))
	for key := range e.fields {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	for _, key := range keys {
		message += fmt.Sprintf(" %s=%v", key, e.fields[key])
	}
	if sink.Log == nil {
		fmt.Fprintln(os.Stderr, message)
	} else {
		sink.Log(level, message)
	}
	return message
}

func (e *Entry) f(level int, format string, args []interface{}) {
	if sink.Heard == nil || sink.Heard(level) {
		e.say(level, fmt.Sprintf(format, args...))
	}
}

func (e *Entry) p(level int, args []interface{}) {
	if sink.Heard == nil || sink.Heard(level) {
		e.say(level, fmt.Sprint(args...))
	}
}

func (e *Entry) ln(level int, args []interface{}) {
	if sink.Heard == nil || sink.Heard(level) {
		e.say(level, fmt.Sprintln(args...))
	}
}

// Trace, Tracef and Traceln say something at level trace.
func Trace(args ...interface{})                            { plain.p(sink.Trace, args) }
func (e *Entry) Trace(args ...interface{})                 { e.p(sink.Trace, args) }
func Traceln(args ...interface{})                          { plain.ln(sink.Trace, args) }
func (e *Entry) Traceln(args ...interface{})               { e.ln(sink.Trace, args) }
func Tracef(format string, args ...interface{})            { plain.f(sink.Trace, format, args) }
func (e *Entry) Tracef(format string, args ...interface{}) { e.f(sink.Trace, format, args) }

// Debug, Debugf and Debugln say something at level debug.
func Debug(args ...interface{})                            { plain.p(sink.Debug, args) }
func (e *Entry) Debug(args ...interface{})                 { e.p(sink.Debug, args) }
func Debugln(args ...interface{})                          { plain.ln(sink.Debug, args) }
func (e *Entry) Debugln(args ...interface{})               { e.ln(sink.Debug, args) }
func Debugf(format string, args ...interface{})            { plain.f(sink.Debug, format, args) }
func (e *Entry) Debugf(format string, args ...interface{}) { e.f(sink.Debug, format, args) }

// Info, Infof and Infoln say something at level info.
func Info(args ...interface{})                            { plain.p(sink.Info, args) }
func (e *Entry) Info(args ...interface{})                 { e.p(sink.Info, args) }
func Infoln(args ...interface{})                          { plain.ln(sink.Info, args) }
func (e *Entry) Infoln(args ...interface{})               { e.ln(sink.Info, args) }
func Infof(format string, args ...interface{})            { plain.f(sink.Info, format, args) }
func (e *Entry) Infof(format string, args ...interface{}) { e.f(sink.Info, format, args) }

// Print, Printf and Println say something at level info.
func Print(args ...interface{})                            { plain.p(sink.Info, args) }
func (e *Entry) Print(args ...interface{})                 { e.p(sink.Info, args) }
func Println(args ...interface{})                          { plain.ln(sink.Info, args) }
func (e *Entry) Println(args ...interface{})               { e.ln(sink.Info, args) }
func Printf(format string, args ...interface{})            { plain.f(sink.Info, format, args) }
func (e *Entry) Printf(format string, args ...interface{}) { e.f(sink.Info, format, args) }

// Warn, Warnf and Warnln say something at level warn.
func Warn(args ...interface{})                            { plain.p(sink.Warn, args) }
func (e *Entry) Warn(args ...interface{})                 { e.p(sink.Warn, args) }
func Warnln(args ...interface{})                          { plain.ln(sink.Warn, args) }
func (e *Entry) Warnln(args ...interface{})               { e.ln(sink.Warn, args) }
func Warnf(format string, args ...interface{})            { plain.f(sink.Warn, format, args) }
func (e *Entry) Warnf(format string, args ...interface{}) { e.f(sink.Warn, format, args) }

// Warning, Warningf and Warningln say something at level warn.
func Warning(args ...interface{})                            { plain.p(sink.Warn, args) }
func (e *Entry) Warning(args ...interface{})                 { e.p(sink.Warn, args) }
func Warningln(args ...interface{})                          { plain.ln(sink.Warn, args) }
func (e *Entry) Warningln(args ...interface{})               { e.ln(sink.Warn, args) }
func Warningf(format string, args ...interface{})            { plain.f(sink.Warn, format, args) }
func (e *Entry) Warningf(format string, args ...interface{}) { e.f(sink.Warn, format, args) }

// Error, Errorf and Errorln say something at level error.
func Error(args ...interface{})                            { plain.p(sink.Error, args) }
func (e *Entry) Error(args ...interface{})                 { e.p(sink.Error, args) }
func Errorln(args ...interface{})                          { plain.ln(sink.Error, args) }
func (e *Entry) Errorln(args ...interface{})               { e.ln(sink.Error, args) }
func Errorf(format string, args ...interface{})            { plain.f(sink.Error, format, args) }
func (e *Entry) Errorf(format string, args ...interface{}) { e.f(sink.Error, format, args) }

// Fatal, Fatalf and Fatalln say something at level error and panic.
func Fatal(args ...interface{})                 { plain.Fatal(args...) }
func (e *Entry) Fatal(args ...interface{})      { panic(e.say(sink.Error, fmt.Sprint(args...))) }
func Fatalln(args ...interface{})               { plain.Fatalln(args...) }
func (e *Entry) Fatalln(args ...interface{})    { panic(e.say(sink.Error, fmt.Sprintln(args...))) }
func Fatalf(format string, args ...interface{}) { plain.Fatalf(format, args...) }
func (e *Entry) Fatalf(format string, args ...interface{}) {
	panic(e.say(sink.Error, fmt.Sprintf(format, args...)))
}

// Panic, Panicf and Panicln say something at level error and panic.
func Panic(args ...interface{})                 { plain.Panic(args...) }
func (e *Entry) Panic(args ...interface{})      { panic(e.say(sink.Error, fmt.Sprint(args...))) }
func Panicln(args ...interface{})               { plain.Panicln(args...) }
func (e *Entry) Panicln(args ...interface{})    { panic(e.say(sink.Error, fmt.Sprintln(args...))) }
func Panicf(format string, args ...interface{}) { plain.Panicf(format, args...) }
func (e *Entry) Panicf(format string, args ...interface{}) {
	panic(e.say(sink.Error, fmt.Sprintf(format, args...)))
}
