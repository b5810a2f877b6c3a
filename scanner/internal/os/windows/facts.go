package windows

import (
	"errors"
	"io/fs"
	"slices"
	"sort"
	"strings"
	"sync"

	"genehound/scanner/internal/detect"
	"genehound/scanner/internal/detect/pe"
	"genehound/scanner/internal/model"
)

// fileFacts are what is known of one image file, learnt once in a scan.
type fileFacts struct {
	fileIdentity
	headers *pe.Headers
	cli     bool
	engines []string
	slots   []pe.Directory // that the loader fills
	exports []uint32       // RVAs of exported functions, ascending
	failure error          // why there is nothing else
}

// factsCache serves all inspections of a scan.
type factsCache struct {
	mutex sync.Mutex
	files map[string]*fileFacts
}

func newFactsCache() *factsCache { return &factsCache{files: map[string]*fileFacts{}} }

// of learns about the file at a path.
func (c *factsCache) of(v view, path string) *fileFacts {
	key := strings.ToLower(path)
	c.mutex.Lock()
	known := c.files[key]
	c.mutex.Unlock()
	if known != nil {
		return known
	}
	facts := learn(v, path)
	c.mutex.Lock()
	c.files[key] = facts
	c.mutex.Unlock()
	return facts
}

func learn(v view, path string) *fileFacts {
	plain, err := localPath(path)
	if err != nil {
		return &fileFacts{failure: err}
	}
	file, err := v.open(plain)
	if err != nil {
		return &fileFacts{failure: err}
	}
	defer file.Close()
	facts := &fileFacts{}
	if facts.fileIdentity, err = file.identity(); err != nil {
		return &fileFacts{failure: err}
	}
	image, err := pe.ReadFile(pe.NewCached(file))
	if err != nil {
		return &fileFacts{fileIdentity: facts.fileIdentity, failure: errNoImage}
	}
	facts.headers = image.Headers
	facts.cli = pe.IsCLI(image.Headers, image)
	facts.slots = joined(pe.Slots(image.Headers, image))
	if exports, ok := pe.ReadExports(image.Headers, image); ok {
		facts.engines = enginesOf(exports, image)
		for _, rva := range exports.Functions {
			if rva != 0 && !exports.Forwarded(rva) {
				facts.exports = append(facts.exports, rva)
			}
		}
		sort.Slice(facts.exports, func(a, b int) bool { return facts.exports[a] < facts.exports[b] })
	}
	return facts
}

// joined merges ranges that touch: an import table names each of its slots.
func joined(ranges []pe.Directory) []pe.Directory {
	var out []pe.Directory
	for _, r := range ranges {
		if n := len(out); n > 0 && r.RVA <= out[n-1].RVA+out[n-1].Size {
			out[n-1].Size = max(out[n-1].Size, r.RVA+r.Size-out[n-1].RVA)
			continue
		}
		out = append(out, r)
	}
	return slices.Clone(out)
}

// engineExports are functions by whose export a module shows that it holds an engine.
var engineExports = []struct{ export, engine string }{
	{"?Current@Isolate@v8@@SAPEAV12@XZ", detect.EngineV8},
	{"?GetCurrent@Isolate@v8@@SAPEAV12@XZ", detect.EngineV8},
	{"JNI_CreateJavaVM", detect.EngineHotSpot},
	{"LLVMCreateMCJITCompilerForModule", detect.EngineLLVM},
	{"LLVMOrcCreateLLJIT", detect.EngineLLVM},
	{"coreclr_initialize", detect.EngineCLR},
	{"GetCLRRuntimeHost", detect.EngineCLR}, // coreclr.dll before 5.0
	{"CLRCreateInstance", detect.EngineCLR},
	{"ffi_prep_closure_loc", detect.EngineLibffi},
	{"luaJIT_setmode", detect.EngineLuaJIT},
	{"pcre2_jit_compile_8", detect.EnginePCRE2},
}

func enginesOf(exports *pe.Exports, image pe.Image) []string {
	var engines []string
	for _, one := range engineExports {
		if _, ok := exports.Find(image, one.export); ok && !slices.Contains(engines, one.engine) {
			engines = append(engines, one.engine)
		}
	}
	return engines
}

var (
	errNoFile  = errors.New("no file is mapped there")
	errNoImage = errors.New("the file is no PE image")
	errLimit   = errors.New("more separate regions than are read")
)

// gone tells that a file is no longer there, rather than out of reach.
func gone(err error) bool { return errors.Is(err, fs.ErrNotExist) }

func reasonOfFile(err error) model.Reason {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return model.ReasonNoPrivileges
	case errors.Is(err, errMoreEntries), errors.Is(err, errLongValue):
		return model.ReasonLimit
	case isElsewhere(err):
		return model.ReasonUnsupported
	default:
		return model.ReasonIOError
	}
}
