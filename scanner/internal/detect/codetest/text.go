package codetest

// Runs that are text to a reader are data whatever they decode to: compiled code has no printable run of
// minText bytes but within one immediate (measured: see classify_test.go).
const (
	minText  = 12
	minUTF16 = 6  // characters
	minUTF8  = 24 // bytes, where at least one is not ASCII
)

// span is a half-open range of offsets.
type span struct{ start, end int }

func printable(b byte) bool {
	return b >= 0x20 && b < 0x7f || b == '\n' || b == '\t' || b == '\r'
}

// textRuns lists the runs of text in b, in order, not overlapping.
func textRuns(b []byte) []span {
	var runs []span
	for at := 0; at < len(b); {
		end, ok := textAt(b, at)
		if ok {
			if n := len(runs); n > 0 && runs[n-1].end >= at {
				runs[n-1].end = end
			} else {
				runs = append(runs, span{at, end})
			}
		}
		at = max(end, at+1)
	}
	return runs
}

// textAt measures the run that starts at offset at; ok where it is long enough to be text. Where it is not,
// the end is the next offset at which a longer run may start.
func textAt(b []byte, at int) (end int, ok bool) {
	if !printable(b[at]) && b[at] < 0xc2 {
		return at + 1, false
	}
	ascii := at
	for ascii < len(b) && printable(b[ascii]) {
		ascii++
	}
	wide := at
	for wide+1 < len(b) && printable(b[wide]) && b[wide+1] == 0 {
		wide += 2
	}
	if wide-at >= 2*minUTF16 {
		return wide, true
	}
	mixed, foreign := utf8Run(b, at)
	if foreign && mixed-at >= minUTF8 {
		return mixed, true
	}
	if ascii-at >= minText {
		return ascii, true
	}
	if ascii == at {
		return at + 1, false
	}
	// The last character of a short run may start a run of wide ones.
	return max(at+1, ascii-1), false
}

// utf8Run measures printable UTF-8 of two and three bytes mixed with ASCII.
func utf8Run(b []byte, at int) (end int, foreign bool) {
	continuation := func(i int) bool { return i < len(b) && b[i]&0xc0 == 0x80 }
	for at < len(b) {
		switch c := b[at]; {
		case printable(c):
			at++
		case c >= 0xc2 && c < 0xe0 && continuation(at+1):
			at += 2
			foreign = true
		case c >= 0xe1 && c < 0xf0 && continuation(at+1) && continuation(at+2):
			at += 3
			foreign = true
		default:
			return at, foreign
		}
	}
	return at, foreign
}

// HasText tells whether b holds a printable run that no instruction's operand explains.
func HasText(b []byte) bool {
	const minRun = 8
	run := 0
	for _, c := range b {
		if !printable(c) {
			run = 0
		} else if run++; run >= minRun {
			return true
		}
	}
	return false
}
