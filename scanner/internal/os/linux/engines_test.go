//go:build linux && amd64

package linux

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"genehound/scanner/internal/model"
)

// Each program compiles code at run time, says so by one line, and waits for the end of its input.
var engines = []struct {
	name, engine, program string
	arguments             []string
	file, source          string // written first, its path is the last argument
}{
	{
		name: "node", engine: "V8", program: "node", arguments: []string{"-e", `
let s = 0;
for (let i = 0; i < 2e7; i++) s += i % 7;
for (let i = 0; i < 20000; i++) s += /a+b|c[0-9]{3}/.test("xaab" + (i % 30)) ? 1 : 0;
console.log(s > 0 ? 1 : 0);
process.stdin.resume();`},
	},
	{
		name: "node with WebAssembly", engine: "V8", program: "node", arguments: []string{"-e", `
// (func (export "f") (param i32) (result i32) local.get 0 i32.const 7 i32.mul)
const m = new WebAssembly.Module(new Uint8Array([0,97,115,109,1,0,0,0,1,6,1,96,1,127,1,127,3,2,1,0,7,5,1,1,102,0,0,10,9,1,7,0,32,0,65,7,108,11]));
const f = new WebAssembly.Instance(m).exports.f;
let s = 0;
for (let i = 0; i < 3e6; i++) s ^= f(i);
console.log(1);
process.stdin.resume();`},
	},
	{
		name: "java", engine: "HotSpot", program: "java", file: "Loop.java", source: `
class Loop {
  static int f(int x) { int s = 0; for (int i = 0; i < x; i++) s += i * 31 ^ x; return s; }
  public static void main(String[] a) throws Exception {
    long t = 0;
    for (int i = 0; i < 20000; i++) t += f(i % 1000);
    System.out.println(t != 0 ? 1 : 0);
    while (System.in.read() >= 0) { }
  }
}`,
	},
	{
		name: "python with ctypes callbacks", program: "python3", arguments: []string{"-c", `
import ctypes, sys
kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)
calls = [kind(lambda x: x + 1) for _ in range(200)]
print(calls[7](0), flush=True)
sys.stdin.read()`},
	},
	{
		name: "LuaJIT", engine: "LuaJIT", program: "luajit", arguments: []string{"-e", `
local function f(x) local s = 0 for i = 1, x do s = (s * 31 + i) % 1000003 end return s end
for i = 1, 2000 do f(i) end
print(1) io.stdout:flush() io.read("*a")`},
	},
}

// Code of JIT engines is recognised by what it shows; a machine that runs them has no findings.
func TestEnginesAreNoFindings(t *testing.T) {
	for _, e := range engines {
		e := e
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			path, err := exec.LookPath(e.program)
			if err != nil {
				t.Skipf("%s is not installed", e.program)
			}
			arguments := e.arguments
			if e.file != "" {
				file := filepath.Join(t.TempDir(), e.file)
				if err := os.WriteFile(file, []byte(e.source), 0o600); err != nil {
					t.Fatal(err)
				}
				arguments = append(arguments, file)
			}
			command := exec.Command(path, arguments...)
			command.Env = append(os.Environ(), "SECRET="+canary)
			actor := launch(t, command)
			report, _ := inspect(t, actor.pid)
			for _, f := range report.Findings {
				t.Errorf("%+v", f)
			}
			found := e.engine == ""
			for _, r := range report.Regions {
				switch {
				case r.Classification == model.ClassCode:
					t.Errorf("%+v", r)
				case r.Classification == model.ClassJITCode && r.JITEngine == e.engine && len(r.Evidence) > 1:
					found = true
				}
			}
			if !found {
				t.Errorf("no region of %s: %+v", e.engine, report.Regions)
			}
		})
	}
}
