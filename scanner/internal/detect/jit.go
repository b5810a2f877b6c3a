package detect

import (
	"fmt"
	"path"
	"sort"
)

// JIT is the recognition of a just-in-time compiler's code, with the sentences that it follows from.
type JIT struct {
	Engine   string
	Evidence []string
}

// Names of engines, as the layers report them for modules by what these export.
const (
	EngineV8      = "V8"
	EngineHotSpot = "HotSpot"
	EngineLLVM    = "LLVM"
	EnginePCRE2   = "PCRE2"
	EngineLibffi  = "libffi"
	EngineLuaJIT  = "LuaJIT"
	EngineCLR     = "CLR"
)

// tie sums up the references to all modules of one engine.
type tie struct {
	engine string
	module *Area
	References
}

// Judge tells whether the region's code is an engine's. A module of the engine in the process is not enough: the
// code itself must show it.
func (t *Traits) Judge() (JIT, bool) {
	ties := t.ties()
	for _, tie := range ties {
		if jit, ok := t.judgeTie(&tie); ok {
			return jit, true
		}
	}
	return t.judgeEmbedded()
}

// ties lists the engines in the process, the most referred to first.
func (t *Traits) ties() []tie {
	byEngine := map[string]*tie{}
	for _, i := range t.engineAreas() {
		area := &t.space[i]
		for _, engine := range area.Engines {
			sum := byEngine[engine]
			if sum == nil {
				sum = &tie{engine: engine, module: area}
				byEngine[engine] = sum
			}
			if r := t.references[i]; r != nil {
				sum.Calls += r.Calls
				sum.Constants += r.Constants
				sum.Words += r.Words
			}
		}
	}
	list := make([]tie, 0, len(byEngine))
	for _, sum := range byEngine {
		list = append(list, *sum)
	}
	sort.Slice(list, func(a, b int) bool {
		if list[a].total() != list[b].total() {
			return list[a].total() > list[b].total()
		}
		return list[a].engine < list[b].engine
	})
	return list
}

const (
	// minReferences into an engine's own module tie code to it; a few may be chance or decoration.
	minReferences = 4
	// minRootCalls through r13 are V8's shape: compilers use r13 for anything.
	minRootCalls = 16
	// perReference bounds how much code one reference may speak for.
	perReference = 4000
)

func (t *Traits) judgeTie(e *tie) (JIT, bool) {
	jit := JIT{Engine: e.engine, Evidence: []string{fmt.Sprintf("the %s engine is in the process: %s", e.engine, e.module)}}
	tied := e.total() >= minReferences && e.total()*perReference >= t.instructions
	if tied {
		jit.Evidence = append(jit.Evidence, fmt.Sprintf(
			"the code refers to it: %d calls, %d constants, %d pointers beside the code", e.Calls, e.Constants, e.Words))
	}
	switch e.engine {
	case EngineV8:
		if t.rootCalls >= minRootCalls {
			jit.Evidence = append(jit.Evidence, t.rootSentence())
			tied = true
		}
	case EngineHotSpot:
		if t.threadOperands > 0 {
			jit.Evidence = append(jit.Evidence, fmt.Sprintf("%d operands are relative to r15, where it keeps the thread", t.threadOperands))
		}
	case EnginePCRE2:
		if t.blocks.whole() {
			jit.Evidence = append(jit.Evidence, fmt.Sprintf("the region is laid out as its allocator does: %d blocks, each with its header", t.blocks.blocks))
			tied = true
		}
	case EngineLuaJIT:
		if t.luaJITHead() {
			jit.Evidence = append(jit.Evidence, "the region starts with its area header: the area's size, and an unwind record that names its handler")
			tied = true
		}
	case EngineLibffi:
		if t.closures > 0 && t.closures*16 >= t.instructions {
			jit.Evidence = append(jit.Evidence, fmt.Sprintf("the code is %d closures as it writes them", t.closures))
			tied = true
		}
	case EngineLLVM:
		// Its code does not call the compiler but the program that had it compiled: the records beside it tell.
		if t.unwind > 0 {
			jit.Evidence = append(jit.Evidence, fmt.Sprintf("%d unwind records in the read-only memory around it describe its functions, as the compiler writes them", t.unwind))
			tied = true
		}
	}
	return jit, tied
}

func (t *Traits) rootSentence() string {
	return fmt.Sprintf("%d calls go through a table at r13 and %d operands are relative to it, where V8 keeps its roots", t.rootCalls, t.rootOperands)
}

// judgeEmbedded recognises V8 inside a program that does not export it (Chromium, Electron): the shape of its code,
// and its calls of the built-in functions that lie in one module.
func (t *Traits) judgeEmbedded() (JIT, bool) {
	const share = 0.9
	if t.rootCalls < minRootCalls || t.rootCalls*1000 < t.instructions {
		return JIT{}, false
	}
	host := t.mostReferred()
	if host == nil {
		return JIT{}, false
	}
	r := t.references[t.space.index(host.Start)]
	if r.Calls < 4*minReferences || float64(r.Calls) < share*float64(t.callsOut) {
		return JIT{}, false
	}
	return JIT{Engine: EngineV8, Evidence: []string{
		t.rootSentence(),
		fmt.Sprintf("%d of %d calls that leave it go to built-in functions in one module, %s", r.Calls, t.callsOut, host),
	}}, true
}

// JudgeNeighbour recognises an engine's code that refers to nothing, such as a compiled function that only computes,
// by where it stands: in one reservation with code that is tied to the engine. It must not call the system nor refer
// to any module but the engine's own.
func (t *Traits) JudgeNeighbour(tied JIT, address uint64) (JIT, bool) {
	if t.systemCalls > 0 {
		return JIT{}, false
	}
	for i, r := range t.references {
		if r.Calls+r.Constants > 0 && !t.space[i].has(tied.Engine) {
			return JIT{}, false
		}
	}
	return JIT{Engine: tied.Engine, Evidence: []string{
		fmt.Sprintf("it lies in one reservation, parted only by inaccessible pages, with code of %s at 0x%x", tied.Engine, address),
		"it makes no system call and refers to no module but the engine's",
	}}, true
}

// mostReferred is the module to which most of the code's references lead.
func (t *Traits) mostReferred() *Area {
	best, most := -1, 0
	for i, r := range t.references {
		if n := r.total(); n > most || n == most && i < best {
			best, most = i, n
		}
	}
	if best < 0 {
		return nil
	}
	return &t.space[best]
}

// Doubts are sentences about engines that are there though the code shows nothing of them, and about what the code
// refers to instead.
func (t *Traits) Doubts() []string {
	var sentences []string
	for _, e := range t.ties() {
		sentences = append(sentences, fmt.Sprintf(
			"the %s engine is in the process (%s), but nothing shows that this is its code", e.engine, path.Base(e.module.Name)))
	}
	if area := t.mostReferred(); area != nil {
		r := t.references[t.space.index(area.Start)]
		sentences = append(sentences, fmt.Sprintf("it refers to %s: %d calls, %d constants, %d pointers", area, r.Calls, r.Constants, r.Words))
	}
	return sentences
}
