package wire_test

import (
	"genehound/scanner/internal/model"
	"genehound/scanner/internal/wire"
)

// The records behind the golden messages: every field is set somewhere, numbers are beyond 2^53 where they may be, and
// text holds what JSON must escape or keep.

const (
	highAddress = 0xffff_ffff_ffff_f000
	filetime    = 133_183_323_681_139_795
)

var goldenScanner = wire.ScannerInfo{
	ScanType: wire.ScanTypeEndpoint, AnalysisID: "0190a000-0000-7000-8000-000000000001",
	Options: wire.ScanOptions{Analyze: true, SelfTest: true, Limited: true, Private: true},
	Scanner: wire.Scanner{
		Version: "1.2.3", Platform: "linux/amd64", ImageType: "64", PID: 4321,
		ProcessPath: "/opt/genehound/scanner", Username: "root", WorkDir: "/root",
	},
	StartTime: 1_790_000_000,
}

var goldenHost = model.HostInfo{
	ComputerName: "web-1", FQDN: "web-1.example.org", CPUCount: 2, OSVersion: "debian_12", SystemType: "64",
	TotalPhysicalMemory: 25_769_803_776, MachineID: "0123456789abcdef0123456789abcdef", Kernel: "6.1.0-18-amd64",
}

var goldenIdentity = model.Identity{
	Version: model.MessageVersion, MachineID: "0123456789abcdef0123456789abcdef", HostName: "web-1",
	Domain: "example.org", HardwareUUID: "4c4c4544-0042-3510-8052-b4c04f4d5a32", Addresses: []string{"192.0.2.7", "2001:db8::7"},
}

var goldenStarts = []model.StartedFile{{
	Written: "/usr/sbin/logrotate",
	File: model.ModuleFile{
		ID: model.FileID{Device: 1, Inode: 2, Size: 3, Modified: 4}, Path: "/usr/sbin/logrotate", Accessed: to(uint64(filetime)),
		Created: to(uint64(filetime)), Modified: to(uint64(filetime)), IsImage: true, PID: 1, Start: 1, End: 2,
	},
}}

var goldenExtracted = map[string]model.ExtractedFile{
	"/usr/sbin/logrotate": {FullPath: "/usr/sbin/logrotate", SHA256: hashOf("e")},
}

var goldenTasks = []model.ScheduledTask{{
	TaskName: "logrotate.timer", Author: "Example", Description: "Daily rotation of log files", State: "ready", IsHidden: true,
	LastRunDate: to(45_000.5), NextRunDate: to(45_001.0), RegistrationDate: "2026-11-24T08:00:00Z", ExecutingID: "7",
	When: "OnCalendar=daily", Username: "root",
	ExecActions: []model.ExecAction{{
		ExecPath: "/usr/sbin/logrotate", ExecArgs: "/etc/logrotate.conf", ExecWorkingDir: "/", ExtractedFiles: goldenExtracted,
		Starts: goldenStarts,
	}},
}}

var goldenAutoruns = []model.Autorun{{
	Category: "services", EntryPath: "/usr/lib/systemd/system/logrotate.service", EntryPathType: "filesystem",
	EntryValue: "/usr/sbin/logrotate /etc/logrotate.conf", DisplayName: "logrotate.service", Description: "Rotate log files",
	Username: "root", ClassID: "{00000000-0000-0000-0000-000000000001}", State: "static", ExtractedFiles: goldenExtracted,
	Starts: goldenStarts,
}}

var goldenProcesses = []model.Process{
	{
		PID: 1234, PPID: 1, ProcessPath: to("/usr/bin/pythön <3>"), ImageType: "64",
		CommandLine: to("python3 -c \"print('a\\tb')\" & \u2028"), Username: to("www-data"), IntegrityLevel: to("user"),
		SessionID: to(7), StartTime: to(int64(1_790_000_000)), StartTime100Nano: to(uint64(filetime)),
	},
	{PID: 2, PPID: 0, ProcessPath: to("[kthreadd]"), KernelThread: true, TracerPID: 7},
	{PID: 4_294_967_295, PPID: 1234},
}

var goldenModules = []model.ProcessModules{
	{PID: 1234, Modules: []model.LoadedModule{
		{BaseAddress: highAddress, FilePath: to("/usr/lib/libx.so.1"), ImageType: "64", MappedSize: 1_527_808},
		{BaseAddress: 0x400000},
	}},
	{PID: 1235, Modules: []model.LoadedModule{}},
}

var goldenFiles = []model.FileInfo{
	{
		FilePath: "/usr/lib/libx.so.1", SHA256: hashOf("a"), Size: 1 << 40, AccessedTime: to(uint64(filetime)),
		CreatedTime: to(uint64(filetime)), ModifiedTime: to(uint64(filetime)), IsImage: true,
		Package: "dpkg libx1:amd64", PackageVersion: "1.2-3",
	},
	{FilePath: "/srv/script.py", SHA256: hashOf("b"), Size: 12},
	{
		FilePath: `C:\Windows\System32\x.dll`, SHA256: hashOf("c"), Size: 4096, IsImage: true, FileVersion: "10.0.19041.1", Product: "Example",
		Company: "Example Ltd", OriginalName: "x.dll", Authenticode: hashOf("d"), Signer: "Example Publisher", SignatureMatches: to(true),
		Catalog: "package.cat", CatalogSigner: "Example Windows",
	},
}

var goldenDifferences = []model.FileModuleDifference{{
	FilePath: "/usr/lib/libx.so.1",
	Modules: []model.ComparedModule{{
		BaseAddress: 0x7f00_0000_1000, PID: 1234, Result: []model.Comparison{{Type: "code_mismatch", Details: "12 bytes in .text"}},
	}},
}}

var goldenDumps = []model.MemoryDump{
	{
		BaseAddress: 0x7ffe_dead_b000, PID: 1234, SHA256: hashOf("c"), DumpID: hashOf("e"), DumpMethod: "virtual",
		IsFileless: true, Size: 8192, CollectedRanges: []model.Range{{Address: 0x7ffe_dead_b000, Size: 8192}},
	},
	{BaseAddress: highAddress, PID: 1234, SHA256: hashOf("d")},
}

var goldenRegions = []model.Region{
	{
		PID: 1234, BaseAddress: 0x7ffe_dead_b000, Size: 12_288, ResidentSize: to(uint64(8192)), Protection: "r-xp",
		Backing: model.BackingDeletedFile, Path: "/tmp/x (deleted)", Classification: model.ClassJITCode,
		Evidence: []string{"the process maps the engine", "its code calls the engine"}, JITEngine: "v8", SHA256: hashOf("c"),
		Layout: model.LayoutRaw, CollectedSize: to(uint64(8192)), ThreadIDs: []uint32{1234, 1240},
	},
	{
		PID: 1234, BaseAddress: highAddress, Size: 4096, Protection: "rwxp", Backing: model.BackingAnonymous,
		Classification: model.ClassExecutableData, Evidence: []string{},
	},
}

var goldenFindings = []model.Finding{
	{
		Kind: model.FindingHooked, PID: 1234, BaseAddress: 0x7f00_0000_1000, Size: 5, ModulePath: "/usr/lib/libx.so.1",
		SHA256: hashOf("d"), Layout: model.LayoutMapped, Changes: []model.Change{{RVA: 0x1f30, Size: 5}}, LeadsTo: []string{"/usr/lib/libagent.so"}, ThreadID: to(uint32(1240)),
		OtherPIDs: []uint32{1300, 1301},
		Details:   "open() begins with a jump to anonymous memory",
	},
	{
		Kind: model.FindingImplantedCode, PID: 1234, BaseAddress: highAddress, Details: "code in anonymous memory",
		File: &model.FileID{Device: 1, Inode: 2, Size: 3, Modified: 4},
	},
}

var goldenCoverage = model.Coverage{
	Version: model.MessageVersion, Complete: true,
	Privileges: model.Privileges{User: "root", Held: []string{"CAP_SYS_PTRACE"}, Missing: []string{"CAP_CHECKPOINT_RESTORE"}},
	Processes: []model.ProcessCoverage{
		{PID: 1234, Read: false, Reason: model.ReasonTimeout, Details: "5 s were not enough", Checks: []model.Check{
			{Check: model.CheckProcess, State: model.StateDone},
			{Check: model.CheckRegions, State: model.StatePartial, Reason: model.ReasonTimeout, Details: "after 7 regions"},
		}},
		{PID: 1, Read: true, Checks: []model.Check{}},
	},
	Problems: []model.Problem{{Code: model.ReasonIOError, Message: "cannot read", PID: to(uint32(1234)), Path: "/usr/lib/libx.so.1"}},
}

var goldenEnd = model.End{
	Reason: model.EndDone, EndTime: 1_790_000_034.25,
	RuntimeMetrics: &model.RuntimeMetrics{
		ScannerCPUKernelTime: 35_156_250, ScannerCPUUserTime: 20_000_000, ScannerPeakWorkingSet: 21_233_664,
		BytesReadFromFiles: 857_122_576, BytesReadFromMemory: 50_667_520, ArtifactBytesCollected: 18_903_040,
		ProcessesSeen: 208, DurationInMicroseconds: 27_472_437, ThrottledInMicroseconds: 9_050_342,
	},
}
