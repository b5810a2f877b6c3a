//go:build linux

package linux

import (
	"context"

	"genehound/scanner/internal/detect/image"
	"genehound/scanner/internal/model"
	"genehound/scanner/internal/os/linux/autoruns"
	"genehound/scanner/internal/os/linux/regular"
)

// Persistence lists what starts by itself on this machine.
func (s *System) Persistence(ctx context.Context) model.Persistence {
	return autoruns.Read(ctx, autoruns.Options{
		Root: "/", Release: readLine(proc + "/sys/kernel/osrelease"), Identify: identify,
	})
}

// identify describes a regular file by its path.
func identify(path string) (model.ModuleFile, bool) {
	file, err := regular.OpenIn("/", path)
	if err != nil {
		return model.ModuleFile{}, false
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return model.ModuleFile{}, false
	}
	id, stat, ok := fileIDOf(info)
	if !ok {
		return model.ModuleFile{}, false
	}
	head := make([]byte, image.HeadSize)
	n, _ := file.ReadAt(head, 0)
	accessed, modified := filetime(stat.Atim.Nano()), filetime(stat.Mtim.Nano())
	return model.ModuleFile{
		ID: id, Path: clip(path, model.MaxPath), Accessed: &accessed, Modified: &modified, IsImage: image.IsImage(head[:n]),
	}, true
}
