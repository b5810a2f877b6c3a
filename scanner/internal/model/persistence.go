package model

import "context"

// Autorun is something that starts by itself. Names of categories are those of the contract.
type Autorun struct {
	Category      string `json:"category"`
	EntryPath     string `json:"entry_path"`
	EntryPathType string `json:"entry_path_type"` // registry, filesystem
	EntryValue    string `json:"entry_value,omitempty"`
	DisplayName   string `json:"display_name,omitempty"`
	Description   string `json:"description,omitempty"`
	Username      string `json:"username,omitempty"`
	ClassID       string `json:"class_id,omitempty"`
	// State is enabled, disabled, static (started by others) or masked, where the system knows such a thing. Ours.
	State string `json:"state,omitempty"`
	// ExtractedFiles are the files that the entry names, by the text that names them.
	ExtractedFiles map[string]ExtractedFile `json:"extracted_files,omitempty"`
	// Starts are those files before they are hashed.
	Starts []StartedFile `json:"-"`
}

// ExtractedFile is a file that an autorun names.
type ExtractedFile struct {
	FullPath string `json:"full_path"`
	SHA256   string `json:"sha256"`
}

// StartedFile is a file that an entry names, as written there.
type StartedFile struct {
	Written string
	File    ModuleFile
}

// ScheduledTask is something that starts at a time. Dates are OLE dates: days since 1899-12-30, 0 for never.
type ScheduledTask struct {
	TaskName         string       `json:"task_name"`
	Author           string       `json:"author,omitempty"`
	Description      string       `json:"description,omitempty"`
	State            string       `json:"state,omitempty"` // ready, disabled
	IsHidden         bool         `json:"is_hidden"`
	LastRunDate      *float64     `json:"last_run_date,omitempty"`
	NextRunDate      *float64     `json:"next_run_date,omitempty"`
	RegistrationDate string       `json:"registration_date,omitempty"`
	ExecutingID      string       `json:"executing_id,omitempty"`
	ExecActions      []ExecAction `json:"exec_actions"`
	// When says in the system's own words when it runs. Username is who runs it. Ours.
	When     string `json:"when,omitempty"`
	Username string `json:"username,omitempty"`
}

// ExecAction is one command of a task.
type ExecAction struct {
	ExecPath       string `json:"exec_path"`
	ExecArgs       string `json:"exec_args,omitempty"`
	ExecWorkingDir string `json:"exec_working_dir,omitempty"`
	// ExtractedFiles are the files that the command names. Ours.
	ExtractedFiles map[string]ExtractedFile `json:"extracted_files,omitempty"`
	Starts         []StartedFile            `json:"-"`
}

// Persistence is what starts by itself on a machine, and what of that could not be read.
type Persistence struct {
	Autoruns []Autorun
	Tasks    []ScheduledTask
	Problems []Problem
}

// PersistenceSource is a System that knows what starts by itself.
type PersistenceSource interface {
	Persistence(ctx context.Context) Persistence
}

// Package is what the system's package manager calls a file's owner.
type Package struct {
	Manager string // dpkg, apk, rpm
	Name    string
	Version string
}

// PackageSource is a System that knows which package owns a file.
type PackageSource interface {
	// Owners looks the owners of files up, all at once; files of no package are left out.
	Owners(ctx context.Context, files []ModuleFile) (map[FileID]Package, []Problem)
}

// CatalogSource is a System that keeps signed catalogs of files.
type CatalogSource interface {
	// Catalog is the name of the catalog that lists an image by its Authenticode digest (hex), and who signed that; both are
	// empty where none does. An error tells that catalogs cannot be asked.
	Catalog(digest string) (name, signer string, err error)
}
