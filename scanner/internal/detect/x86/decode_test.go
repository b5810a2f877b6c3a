package x86

import (
	"bufio"
	"debug/elf"
	"debug/pe"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The independent decoder is binutils': every instruction of the .text of three programs must have its length.
func TestLengthsAgreeWithObjdump(t *testing.T) {
	objdump, err := exec.LookPath("objdump")
	if err != nil {
		t.Skip("objdump (Debian package binutils) is not installed")
	}
	for _, path := range []string{"/bin/bash", "/lib/x86_64-linux-gnu/libc.so.6", "/lib/x86_64-linux-gnu/libm.so.6"} {
		t.Run(path, func(t *testing.T) {
			file, err := elf.Open(path)
			if err != nil || file.Machine != elf.EM_X86_64 {
				t.Skipf("no x86-64 image at %s", path)
			}
			defer file.Close()
			text := file.Section(".text")
			code, err := text.Data()
			if err != nil {
				t.Fatal(err)
			}
			compare(t, objdump, path, text.Addr, code, Decode)
		})
	}
}

func TestLengthsOf32BitCodeAgreeWithObjdump(t *testing.T) {
	objdump, err := exec.LookPath("objdump")
	paths, _ := filepath.Glob("/usr/lib/gcc/i686-w64-mingw32/*/lib[gsq]*.dll")
	if err != nil || len(paths) == 0 {
		t.Skip("objdump or the libraries of gcc-mingw-w64-i686 are not installed")
	}
	for _, path := range paths {
		if strings.Contains(path, "gfortran") || strings.Contains(path, "stdc++") {
			continue // one is large, the other has tables amid its code
		}
		file, err := pe.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		text := file.Section(".text")
		code, err := text.Data()
		file.Close()
		if err != nil {
			t.Fatal(err)
		}
		base := uint64(file.OptionalHeader.(*pe.OptionalHeader32).ImageBase) + uint64(text.VirtualAddress)
		compare(t, objdump, path, base, code, Decode32)
	}
}

// onlyInData are instructions that objdump finds in tables amid 32-bit code and that no compiler emits: they are refused.
var onlyInData = regexp.MustCompile(`^(bound|aa[adms]|da[as]|arpl|l[ed]s|into|lcall|ljmp|(push|pop) +%[ecsd]s)\b`)

func compare(t *testing.T, objdump, path string, base uint64, code []byte, decode func([]byte, *Inst) bool) {
	command := exec.Command(objdump, "-d", "-j", ".text", "-w", path)
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	total, wrong := 0, 0
	scanner := bufio.NewScanner(output)
	scanner.Buffer(make([]byte, 1<<16), 1<<20)
	for scanner.Scan() {
		fields := strings.SplitN(scanner.Text(), "\t", 3)
		if len(fields) != 3 || !strings.HasSuffix(fields[0], ":") {
			continue
		}
		address, err := strconv.ParseUint(strings.TrimSpace(strings.TrimSuffix(fields[0], ":")), 16, 64)
		if err != nil {
			continue
		}
		length := len(strings.Fields(fields[1]))
		if strings.Contains(fields[2], "(bad)") || fields[2] == "fs" || strings.HasPrefix(fields[2], "rex") ||
			strings.HasPrefix(fields[1], "9b ") { // objdump prints fwait and the next instruction as one
			continue
		}
		if strings.Contains(fields[2], ".byte") || onlyInData.MatchString(fields[2]) {
			continue
		}
		total++
		var inst Inst
		if !decode(code[address-base:], &inst) || inst.Len != length {
			wrong++
			if wrong <= 20 {
				t.Errorf("%x: length %d, objdump says %d: %s %s", address, inst.Len, length, fields[1], fields[2])
			}
		}
	}
	if err := command.Wait(); err != nil {
		t.Fatal(err)
	}
	if total < 1000 {
		t.Fatalf("only %d instructions compared", total)
	}
	t.Logf("%d instructions, %d differ", total, wrong)
}

func TestInstructionsThatOnly32BitCodeHas(t *testing.T) {
	for _, c := range []struct {
		code   []byte
		length int // 0: none
	}{
		{[]byte{0x40}, 1}, {[]byte{0x4f}, 1}, {[]byte{0x66, 0x45}, 2}, {[]byte{0x60}, 1}, {[]byte{0xa1, 1, 2, 3, 4, 5, 6, 7, 8}, 5},
		{[]byte{0x8b, 0x05, 1, 2, 3, 4}, 6}, {[]byte{0xc5, 0xf8, 0x77}, 3}, {[]byte{0xc5, 0x08, 0x77}, 0}, {[]byte{0x62, 0x00}, 0}, {[]byte{0xc4}, 0},
		{[]byte{0x63, 0xc0}, 0}, {[]byte{0x9a, 0, 0, 0, 0, 0, 0}, 0}, {[]byte{0x48, 0x83, 0xec, 0x20}, 1}, {[]byte{0x68, 1, 2, 3, 4}, 5},
	} {
		var inst Inst
		if Decode32(c.code, &inst) != (c.length > 0) || inst.Rex != 0 || c.length > 0 && (inst.Len != c.length || inst.RIP || !inst.Narrow) {
			t.Errorf("% x: %+v", c.code, inst)
		}
	}
}

func TestControlFlow(t *testing.T) {
	for _, c := range []struct {
		code   []byte
		flow   Flow
		length int
		target int64
	}{
		{[]byte{0xe8, 0x10, 0, 0, 0}, FlowCall, 5, 0x15},
		{[]byte{0xeb, 0xfe}, FlowJump, 2, 0},
		{[]byte{0x0f, 0x84, 0xfa, 0xff, 0xff, 0xff}, FlowBranch, 6, 0},
		{[]byte{0xff, 0xd0}, FlowIndirectCall, 2, 0},
		{[]byte{0xff, 0x25, 0, 0, 0, 0}, FlowIndirectJump, 6, 0},
		{[]byte{0xc3}, FlowReturn, 1, 0},
		{[]byte{0xf3, 0x0f, 0x1e, 0xfa}, FlowNext, 4, 0},
		{[]byte{0x48, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8}, FlowNext, 10, 0},
		{[]byte{0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0}, FlowNext, 10, 0},
		{[]byte{0xc5, 0xf8, 0x77}, FlowNext, 3, 0},
	} {
		var inst Inst
		if !Decode(c.code, &inst) || inst.Flow != c.flow || inst.Len != c.length || inst.Target != c.target {
			t.Errorf("% x: %+v", c.code, inst)
		}
		for cut := 0; cut < c.length; cut++ {
			if Decode(c.code[:cut], &inst) {
				t.Errorf("% x decodes though it is cut off", c.code[:cut])
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte{0x48, 0x8b, 0x05, 0, 0, 0, 0})
	f.Add([]byte{0x62, 0xf1, 0x7c, 0x48, 0x10, 0x44, 0x24, 0x01})
	f.Add([]byte{0xc4, 0xe2, 0x79, 0x18, 0x05, 1, 2, 3, 4})
	f.Fuzz(func(t *testing.T, code []byte) {
		for _, decode := range []func([]byte, *Inst) bool{Decode, Decode32} {
			var inst Inst
			if !decode(code, &inst) {
				continue
			}
			if inst.Len < 1 || inst.Len > len(code) || inst.Len > maxLength || int(inst.Key) >= Keys {
				t.Fatalf("% x: %+v", code, inst)
			}
			Score(&inst)
		}
	})
}
