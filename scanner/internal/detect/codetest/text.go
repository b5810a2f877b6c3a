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

const (
	classOther = iota
	classPrintable
	classContinuation // of UTF-8
	classLead2        // first of two bytes
	classLead3        // first of three
)

var classes = func() (table [256]uint8) {
	for b := range table {
		switch {
		case b >= 0x20 && b < 0x7f, b == '\n', b == '\t', b == '\r':
			table[b] = classPrintable
		case b >= 0x80 && b < 0xc0:
			table[b] = classContinuation
		case b >= 0xc2 && b < 0xe0:
			table[b] = classLead2
		case b >= 0xe1 && b < 0xf0:
			table[b] = classLead3
		}
	}
	return table
}()

func printable(b byte) bool { return classes[b] == classPrintable }

// textRuns appends to runs those of text in b, in order, not overlapping.
func textRuns(runs []span, b []byte) []span {
	for at := 0; at < len(b); {
		class := classes[b[at]]
		if class == classOther || class == classContinuation {
			at++
			continue
		}
		end, text := textAt(b, at)
		if !text {
			at = end
			continue
		}
		if n := len(runs); n > 0 && runs[n-1].end >= at {
			runs[n-1].end = end
		} else {
			runs = append(runs, span{at, end})
		}
		at = end
	}
	return runs
}

// textAt measures the run that starts at offset at, with a printable byte or the lead of a longer character. Where it
// is no text, end is the next offset at which text may start.
func textAt(b []byte, at int) (end int, text bool) {
	end = at
	for end < len(b) && classes[b[end]] == classPrintable {
		end++
	}
	if end < len(b) && classes[b[end]] >= classLead2 {
		if mixed, foreign := utf8Run(b, end); foreign && mixed-at >= minUTF8 {
			return mixed, true
		}
	}
	if end-at >= minText {
		return end, true
	}
	if end > at && end < len(b) && b[end] == 0 {
		// The last character may be the first of wide ones.
		wide := end - 1
		for wide+1 < len(b) && classes[b[wide]] == classPrintable && b[wide+1] == 0 {
			wide += 2
		}
		if wide-(end-1) >= 2*minUTF16 {
			return wide, true
		}
	}
	return max(end, at+1), false
}

// utf8Run measures printable UTF-8 of up to three bytes a character, from an offset on.
func utf8Run(b []byte, from int) (end int, foreign bool) {
	continues := func(i int) bool { return i < len(b) && classes[b[i]] == classContinuation }
	for at := from; at < len(b); {
		switch class := classes[b[at]]; {
		case class == classPrintable:
			at++
		case class == classLead2 && continues(at+1):
			at += 2
			foreign = true
		case class == classLead3 && continues(at+1) && continues(at+2):
			at += 3
			foreign = true
		default:
			return at, foreign
		}
	}
	return len(b), foreign
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
