package detect

import "strings"

// productOf names the security product that loads files of this name into other processes, empty where none is known. A name
// proves nothing: who the file's signer is, and whether its code is trusted, is the server's to say.
func productOf(path string) string {
	name := strings.ToLower(path[strings.LastIndexAny(path, `\/`)+1:])
	for _, one := range products {
		head, tail, open := strings.Cut(one.file, "*")
		if name == one.file || open && strings.HasPrefix(name, head) && strings.HasSuffix(name, tail) {
			return one.product
		}
	}
	return ""
}
