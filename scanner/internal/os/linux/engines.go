//go:build linux

package linux

import (
	"genehound/scanner/internal/detect"
	"genehound/scanner/internal/detect/image"
)

// engineSymbols are dynamic symbols that only the named engine exports. File names say nothing: anyone chooses them.
var engineSymbols = []struct{ engine, symbol string }{
	{detect.EngineV8, "_ZN2v87Isolate10InitializeEPS0_RKNS0_12CreateParamsE"},
	{detect.EngineV8, "_ZN2v87Isolate3NewERKNS0_12CreateParamsE"},
	{detect.EngineHotSpot, "JNI_CreateJavaVM"},
	{".NET", "coreclr_initialize"},
	{detect.EngineLLVM, "LLVMCreateMCJITCompilerForModule"},
	{detect.EngineLLVM, "LLVMOrcCreateLLJIT"},
	{detect.EngineLuaJIT, "luaJIT_setmode"},
	{detect.EnginePCRE2, "pcre2_jit_compile_8"},
	{detect.EnginePCRE2, "pcre2_jit_compile_16"},
	{"PCRE", "pcre_jit_exec"},
	{detect.EngineLibffi, "ffi_prep_closure_loc"},
	{"QEMU", "qemu_plugin_register_vcpu_tb_trans_cb"},
	{"Mono", "mono_jit_init"},
}

func enginesOf(dynamic *image.Dynamic) []string {
	var names []string
	for _, s := range engineSymbols {
		if n := len(names); n > 0 && names[n-1] == s.engine {
			continue
		}
		if dynamic.Exports(s.symbol) {
			names = append(names, s.engine)
		}
	}
	return names
}
