//go:build windows

package windows

import (
	"encoding/hex"
	"os"
	"sync"

	"genehound/scanner/internal/detect/pe"
	"genehound/scanner/internal/model"
	"genehound/scanner/internal/winapi"
)

// catalogs are those that are installed; the zero value is ready.
type catalogs struct {
	once    sync.Once
	opened  *winapi.Catalogs
	failure error
	// last is the catalog that was read last: neighbours are often in one.
	last struct {
		path    string
		content []byte
	}
	mutex sync.Mutex
}

// maxCatalog bounds what is read of a catalog: most have some kilobytes, those of a whole edition of Windows a few megabytes.
const maxCatalog = 4 << 20

// Catalog asks Windows by the digest, and reads of the catalog itself who signed it and that it lists the digest.
func (s *System) Catalog(digest string) (name, signer string, err error) {
	c := &s.catalogs
	c.once.Do(func() { c.opened, c.failure = winapi.OpenCatalogs() })
	if c.failure != nil {
		return "", "", c.failure
	}
	sum, err := hex.DecodeString(digest)
	if err != nil {
		return "", "", err
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	path, err := c.opened.Of(sum)
	if err != nil || path == "" {
		return "", "", err
	}
	if c.last.path != path {
		info, err := os.Stat(path)
		if err != nil || info.Size() > maxCatalog {
			return clip(baseName(path), model.MaxName), "", nil
		}
		content, err := systemDisk{}.read(path, maxCatalog)
		if err != nil {
			return clip(baseName(path), model.MaxName), "", nil
		}
		c.last.path, c.last.content = path, content
	}
	return clip(baseName(path), model.MaxName), pe.CatalogSigner(c.last.content, digest), nil
}
