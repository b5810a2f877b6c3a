package windows

// span is a half-open range of addresses.
type span struct{ start, end uint64 }

// askAtOnce is how many pages one question about the working set covers.
const askAtOnce = 512

// wanted says which pages of a region are looked at.
type wanted uint8

const (
	wantResident wanted = iota // all that can be read without bringing anything in
	wantOwn                    // only those that are no longer the file's, where that can be told
)

// extents lists the pages of a range that are to be read, ascending and apart. Where the working set cannot be asked, that
// is all of them.
func (i *inspection) extents(start, end uint64, which wanted) []span {
	if i.residency == residencyUnknown {
		return []span{{start, end}}
	}
	var spans []span
	for at := start; at < end; {
		n := int(min((end-at)/pageSize, askAtOnce))
		if n == 0 || i.pace() != nil {
			break
		}
		attributes, err := i.view.workingSet(at, n)
		if err != nil || len(attributes) < n {
			// It may have been unmapped; what is left of it is read as it is.
			return append(spans, span{at, end})
		}
		for k, one := range attributes {
			page := at + uint64(k)*pageSize
			switch stateOf(one, i.residency) {
			case pageOwn:
				spans = appendSpan(spans, span{page, page + pageSize})
			case pageOriginal:
				if which == wantResident {
					spans = appendSpan(spans, span{page, page + pageSize})
				}
			case pageStandby:
				// Most pages of a file wait there; a changed one cannot be told from them.
				if which == wantResident {
					i.pagedOut += pageSize
				}
			case pagePagedOut:
				i.pagedOut += pageSize
			}
		}
		at += uint64(n) * pageSize
	}
	return spans
}

func appendSpan(spans []span, next span) []span {
	if n := len(spans); n > 0 && spans[n-1].end == next.start {
		spans[n-1].end = next.end
		return spans
	}
	return append(spans, next)
}

// readFully reads b at address; what cannot be read stays zero and is counted.
func (i *inspection) readFully(address uint64, b []byte) {
	clear(b)
	n := i.view.read(address, b)
	i.recorder.CountRead(0, uint64(n))
	for n < len(b) {
		// Go on behind the page that failed.
		skip := int(pageSize - (address+uint64(n))%pageSize)
		i.failed += uint64(min(skip, len(b)-n))
		n += skip
		if n < len(b) {
			n += i.view.read(address+uint64(n), b[n:])
		}
	}
}
