package model

// HostInfo describes the machine.
type HostInfo struct {
	ComputerName        string `json:"computer_name,omitempty"`
	FQDN                string `json:"fqdn,omitempty"`
	CPUCount            int    `json:"cpu_count,omitempty"`
	OSVersion           string `json:"os_version,omitempty"`
	SystemType          string `json:"system_type,omitempty"` // "32" or "64"
	TotalPhysicalMemory uint64 `json:"total_physical_memory_in_bytes,omitempty"`
	MachineID           string `json:"machine_id,omitempty"`
	Kernel              string `json:"kernel,omitempty"`
}

// Identity says which endpoint this is; what is unknown is left out.
type Identity struct {
	Version      int      `json:"version"`
	MachineID    string   `json:"machine_id,omitempty"`
	HostName     string   `json:"host_name,omitempty"`
	Domain       string   `json:"domain,omitempty"`
	HardwareUUID string   `json:"hardware_uuid,omitempty"`
	Addresses    []string `json:"addresses,omitempty"`
}

// Process is one running program. Nil pointers are what could not be learnt.
type Process struct {
	PID              uint32  `json:"pid"`
	PPID             uint32  `json:"ppid"`
	ProcessPath      *string `json:"process_path"`
	ImageType        string  `json:"image_type,omitempty"` // "32" or "64"
	CommandLine      *string `json:"command_line,omitempty"`
	Username         *string `json:"username,omitempty"`
	IntegrityLevel   *string `json:"integrity_level,omitempty"`
	SessionID        *int    `json:"session_id,omitempty"`
	StartTime        *int64  `json:"start_time,omitempty"`          // seconds since 1970
	StartTime100Nano *uint64 `json:"start_time_100_nano,omitempty"` // FILETIME
	// Ours.
	KernelThread bool `json:"kernel_thread,omitempty"`
	// TracerPID is the process that traces this one now, as a debugger does.
	TracerPID uint32 `json:"tracer_pid,omitempty"`
}

// LoadedModule is one image file mapped with executable pages.
type LoadedModule struct {
	BaseAddress uint64  `json:"base_address"`
	FilePath    *string `json:"file_path"`
	ImageType   string  `json:"image_type,omitempty"`
	MappedSize  uint64  `json:"mapped_size_in_bytes,omitempty"`
}

// ProcessModules are the modules of one process.
type ProcessModules struct {
	PID     uint32         `json:"pid"`
	Modules []LoadedModule `json:"loaded_modules_info"`
}

// FileInfo is one file behind a module. Times are FILETIMEs.
type FileInfo struct {
	FilePath     string  `json:"file_path"`
	SHA256       string  `json:"sha256"`
	Size         uint64  `json:"size_in_bytes"`
	AccessedTime *uint64 `json:"accessed_time,omitempty"`
	CreatedTime  *uint64 `json:"created_time,omitempty"`
	ModifiedTime *uint64 `json:"modified_time,omitempty"`
	// IsImage is false where the file is no ELF, PE or Mach-O image: its bytes never leave (S4).
	IsImage bool `json:"is_image"`
	// The package that brought the file, as "dpkg libc6:amd64". Ours.
	Package        string `json:"package,omitempty"`
	PackageVersion string `json:"package_version,omitempty"`
	// What a Windows image says of itself, in its version resource. Ours.
	FileVersion  string `json:"file_version,omitempty"`
	Product      string `json:"product,omitempty"`
	Company      string `json:"company,omitempty"`
	OriginalName string `json:"original_filename,omitempty"`
	// Its Authenticode digest (SHA-256), by which catalogs name it; the subject of the certificate in its signature, and
	// whether that is over this digest. No chain is followed. Ours.
	Authenticode     string `json:"authenticode_sha256,omitempty"`
	Signer           string `json:"signer,omitempty"`
	SignatureMatches *bool  `json:"signature_matches,omitempty"`
	// Of an image without a signature of its own: the installed catalog that lists it, and the subject of the certificate in that
	// catalog's signature. Ours.
	Catalog       string `json:"catalog,omitempty"`
	CatalogSigner string `json:"catalog_signer,omitempty"`
}

// Comparison is one kind of difference between a file and its image in memory.
type Comparison struct {
	Type    string `json:"type"`
	Details string `json:"details,omitempty"`
}

// ComparedModule is one module of one process beside its file.
type ComparedModule struct {
	BaseAddress uint64       `json:"base_address"`
	PID         uint32       `json:"pid"`
	Result      []Comparison `json:"comparison_result"`
}

// FileModuleDifference collects what differs from one file in all processes.
type FileModuleDifference struct {
	FilePath string           `json:"file_path"`
	Modules  []ComparedModule `json:"modules"`
}

// InjectedModule is code that no file explains.
type InjectedModule struct {
	BaseAddress uint64 `json:"base_address"`
	PID         uint32 `json:"pid"`
}

// Range is a range of addresses in one process.
type Range struct {
	Address uint64 `json:"address"`
	Size    uint64 `json:"size_in_bytes"`
}

// MemoryDump is one artifact taken from memory.
type MemoryDump struct {
	BaseAddress uint64 `json:"base_address"`
	PID         uint32 `json:"pid"`
	SHA256      string `json:"sha256"`
	DumpID      string `json:"dump_id,omitempty"`
	DumpMethod  string `json:"dump_method,omitempty"`
	// IsFileless: raw executable pages, uploaded to the fileless route. Else an image at its RVAs.
	IsFileless bool `json:"is_fileless"`
	// Size is the artifact's length in bytes. Ours.
	Size uint64 `json:"size_in_bytes,omitempty"`
	// CollectedRanges are the addresses whose bytes are in the artifact; all its other bytes are zero. Ours.
	CollectedRanges []Range `json:"collected_ranges,omitempty"`
}

// Region is executable memory with no file behind it, or changed from its file.
type Region struct {
	PID            uint32   `json:"pid"`
	BaseAddress    uint64   `json:"base_address"`
	Size           uint64   `json:"size_in_bytes"`
	ResidentSize   *uint64  `json:"resident_size_in_bytes,omitempty"`
	Protection     string   `json:"protection"`
	Backing        Backing  `json:"backing"`
	Path           string   `json:"path,omitempty"`
	Classification Class    `json:"classification"`
	Evidence       []string `json:"evidence"`
	JITEngine      string   `json:"jit_engine,omitempty"`
	SHA256         string   `json:"sha256,omitempty"`
	Layout         Layout   `json:"layout,omitempty"`
	CollectedSize  *uint64  `json:"collected_size_in_bytes,omitempty"`
	ThreadIDs      []uint32 `json:"thread_ids,omitempty"`
}

// Change is one changed range of an artifact.
type Change struct {
	RVA  uint32 `json:"rva"`
	Size uint32 `json:"size_in_bytes"`
}

// Finding is what one detector reports; it says how, a verdict says what.
type Finding struct {
	Kind        FindingKind `json:"finding"`
	PID         uint32      `json:"pid"`
	BaseAddress uint64      `json:"base_address"`
	Size        uint64      `json:"size_in_bytes,omitempty"`
	ModulePath  string      `json:"module_path,omitempty"`
	SHA256      string      `json:"sha256,omitempty"`
	Layout      Layout      `json:"layout,omitempty"`
	Changes     []Change    `json:"changes,omitempty"`
	// LeadsTo names the module files into which the changes pass control, where all of them do nothing else.
	LeadsTo  []string `json:"leads_to,omitempty"`
	ThreadID *uint32  `json:"thread_id,omitempty"`
	// OtherPIDs are further processes in which the very same was found; the finding stands for them, too.
	OtherPIDs []uint32 `json:"other_pids,omitempty"`
	Details   string   `json:"details"`
	// File is the file that holds the code, where no artifact from memory does: the pass names its hash.
	File *FileID `json:"-"`
}

// Check is the outcome of one check; Reason is there unless the state is done.
type Check struct {
	Check   CheckName  `json:"check"`
	State   CheckState `json:"state"`
	Reason  Reason     `json:"reason,omitempty"`
	Details string     `json:"details,omitempty"`
}

// ProcessCoverage says what was read of one process.
type ProcessCoverage struct {
	PID     uint32  `json:"pid"`
	Read    bool    `json:"read"` // every check is done
	Reason  Reason  `json:"reason,omitempty"`
	Details string  `json:"details,omitempty"`
	Checks  []Check `json:"checks"`
}

// Problem is something that could not be read or decided.
type Problem struct {
	Code    Reason  `json:"code"`
	Message string  `json:"message"`
	PID     *uint32 `json:"pid,omitempty"`
	Path    string  `json:"path,omitempty"`
	// Aside: only what describes a file lacks, and nothing was left unlooked at: the scan is complete all the same.
	Aside bool `json:"-"`
}

// Privileges say as whom the scanner ran and what it lacked.
type Privileges struct {
	User    string   `json:"user"`
	Held    []string `json:"held"`
	Missing []string `json:"missing"`
}

// Coverage is the honest account of a scan.
type Coverage struct {
	Version    int               `json:"version"`
	Complete   bool              `json:"complete"`
	Privileges Privileges        `json:"privileges"`
	Processes  []ProcessCoverage `json:"processes"`
	Problems   []Problem         `json:"problems"`
}

// EndReason tells how a scan ended.
type EndReason string

const (
	EndDone        EndReason = "done"
	EndInterrupted EndReason = "interrupted"
	EndFailed      EndReason = "failed"
	// EndUnsupported: the machine was refused, and nothing was read.
	EndUnsupported EndReason = "unsupported"
)

// RuntimeMetrics are the run's own costs. CPU times are in units of 100 ns, as public clients send them.
type RuntimeMetrics struct {
	ScannerCPUKernelTime    uint64 `json:"scanner_cpu_kernel_time"`
	ScannerCPUUserTime      uint64 `json:"scanner_cpu_user_time"`
	ScannerPeakWorkingSet   uint64 `json:"scanner_memory_peak_working_set_in_bytes"`
	BytesReadFromFiles      uint64 `json:"bytes_read_from_files"`
	BytesReadFromMemory     uint64 `json:"bytes_read_from_memory"`
	ArtifactBytesCollected  uint64 `json:"artifact_bytes_collected"`
	ProcessesSeen           int    `json:"processes_seen"`
	DurationInMicroseconds  uint64 `json:"duration_in_microseconds"`
	ThrottledInMicroseconds uint64 `json:"throttled_in_microseconds"`
}

// End closes a scan. EndTime is in seconds since 1970.
type End struct {
	Reason         EndReason       `json:"reason"`
	EndTime        float64         `json:"end_time,omitempty"`
	RuntimeMetrics *RuntimeMetrics `json:"runtime_metrics,omitempty"`
}
