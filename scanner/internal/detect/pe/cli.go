package pe

// IsCLI tells whether an image is a .NET assembly: its CLI header (ECMA-335, II.25.3.3) leads to metadata.
func IsCLI(h *Headers, image Image) bool {
	const headerSize, signature = 72, "BSJB"
	directory := h.Directories[DirectoryCLI]
	var b [16]byte
	if directory.RVA == 0 || directory.Size < headerSize || image.ReadRVA(directory.RVA, b[:]) < len(b) || u32(b[:], 0) < headerSize {
		return false
	}
	var root [4]byte
	return u32(b[:], 12) >= 16 && image.ReadRVA(u32(b[:], 8), root[:]) == len(root) && string(root[:]) == signature
}

// Flat reads an image whose file lies in memory as it is on disk, as runtimes keep assemblies that they load from bytes.
func Flat(h *Headers, file readerAt) *File { return h.With(file) }

type readerAt interface {
	ReadAt(b []byte, offset int64) (int, error)
}
