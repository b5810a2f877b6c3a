package seal

import "strings"

const alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

// decode reads a Bech32 text (BIP 173) of 32 bytes.
func decode(prefix, text string) (key []byte, ok bool) {
	if strings.ToLower(text) != text {
		return nil, false
	}
	data, found := strings.CutPrefix(text, prefix+"1")
	const symbols, checks = 52, 6 // 52 symbols of 5 bits hold 32 bytes and 4 bits of nothing
	if !found || len(data) != symbols+checks {
		return nil, false
	}
	sum := uint32(1)
	for _, c := range []byte(prefix) {
		sum = mix(sum, c>>5)
	}
	sum = mix(sum, 0)
	for _, c := range []byte(prefix) {
		sum = mix(sum, c&31)
	}
	bits, have := uint32(0), 0
	for i := 0; i < len(data); i++ {
		value := strings.IndexByte(alphabet, data[i])
		if value < 0 {
			return nil, false
		}
		sum = mix(sum, byte(value))
		if i >= symbols {
			continue
		}
		bits, have = bits<<5|uint32(value), have+5
		if have >= 8 {
			have -= 8
			key = append(key, byte(bits>>have))
			bits &= 1<<have - 1
		}
	}
	return key, sum == 1 && bits == 0
}

// mix takes one symbol into the checksum.
func mix(sum uint32, value byte) uint32 {
	top := sum >> 25
	sum = sum&0x1ffffff<<5 ^ uint32(value)
	for i, generator := range [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
		if top>>i&1 == 1 {
			sum ^= generator
		}
	}
	return sum
}
