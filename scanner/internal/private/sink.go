package private

import "genehound/scanner/internal/model"

// Sink changes what names people before it goes on to the next. Hashes, addresses and code stay as they are.
type Sink struct {
	model.Sink
	names *Pseudonyms
}

// NewSink makes a Sink.
func NewSink(next model.Sink, names *Pseudonyms) *Sink { return &Sink{next, names} }

func (s *Sink) optional(text *string, change func(string) string) *string {
	if text == nil {
		return nil
	}
	changed := change(*text)
	return &changed
}

func changed[T any](list []T, change func(*T)) []T {
	out := make([]T, len(list))
	for i := range list {
		out[i] = list[i]
		change(&out[i])
	}
	return out
}

func (s *Sink) extracted(files map[string]model.ExtractedFile) map[string]model.ExtractedFile {
	if files == nil {
		return nil
	}
	out := map[string]model.ExtractedFile{}
	for written, file := range files {
		file.FullPath = s.names.Path(file.FullPath)
		out[s.names.Path(written)] = file
	}
	return out
}

func (s *Sink) ScheduledTasks(list []model.ScheduledTask) error {
	return s.Sink.ScheduledTasks(changed(list, func(t *model.ScheduledTask) {
		t.TaskName, t.Author = s.names.Text(t.TaskName), s.names.User(t.Author)
		t.Description, t.Username = s.names.Text(t.Description), s.names.User(t.Username)
		t.ExecActions = changed(t.ExecActions, func(a *model.ExecAction) {
			a.ExecPath, a.ExecWorkingDir = s.names.Path(a.ExecPath), s.names.Path(a.ExecWorkingDir)
			if a.ExecArgs != "" {
				a.ExecArgs = s.names.of("arguments", a.ExecArgs)
			}
			a.ExtractedFiles = s.extracted(a.ExtractedFiles)
		})
		// Names of tasks may hold their command.
		if len(t.ExecActions) > 0 && t.When != "" && t.TaskName != "" && !isUnit(t.TaskName) {
			t.TaskName = s.names.CommandLine(t.TaskName)
		}
	}))
}

// isUnit recognises names that an administrator chose, which hold no command.
func isUnit(name string) bool {
	for _, c := range name {
		if c == ' ' {
			return false
		}
	}
	return true
}

func (s *Sink) Autoruns(list []model.Autorun) error {
	return s.Sink.Autoruns(changed(list, func(a *model.Autorun) {
		a.EntryPath, a.EntryValue = s.names.Path(a.EntryPath), s.names.CommandLine(a.EntryValue)
		a.DisplayName, a.Description = s.names.Text(a.DisplayName), s.names.Text(a.Description)
		a.Username = s.names.User(a.Username)
		a.ExtractedFiles = s.extracted(a.ExtractedFiles)
	}))
}

func (s *Sink) Processes(list []model.Process) error {
	return s.Sink.Processes(changed(list, func(p *model.Process) {
		p.ProcessPath = s.optional(p.ProcessPath, s.names.Path)
		p.CommandLine = s.optional(p.CommandLine, s.names.CommandLine)
		p.Username = s.optional(p.Username, s.names.User)
	}))
}

func (s *Sink) LoadedModules(list []model.ProcessModules) error {
	return s.Sink.LoadedModules(changed(list, func(p *model.ProcessModules) {
		p.Modules = changed(p.Modules, func(m *model.LoadedModule) { m.FilePath = s.optional(m.FilePath, s.names.Path) })
	}))
}

func (s *Sink) Files(list []model.FileInfo) ([]string, error) {
	return s.Sink.Files(changed(list, func(f *model.FileInfo) { f.FilePath = s.names.Path(f.FilePath) }))
}

func (s *Sink) ModuleDifferences(list []model.FileModuleDifference) error {
	return s.Sink.ModuleDifferences(changed(list, func(d *model.FileModuleDifference) {
		d.FilePath = s.names.Path(d.FilePath)
		d.Modules = changed(d.Modules, func(m *model.ComparedModule) {
			m.Result = changed(m.Result, func(c *model.Comparison) { c.Details = s.names.Text(c.Details) })
		})
	}))
}

func (s *Sink) Regions(list []model.Region) error {
	return s.Sink.Regions(changed(list, func(r *model.Region) {
		r.Path = s.names.Path(r.Path)
		r.Evidence = changed(r.Evidence, func(text *string) { *text = s.names.Text(*text) })
	}))
}

func (s *Sink) Findings(list []model.Finding) error {
	return s.Sink.Findings(changed(list, func(f *model.Finding) {
		f.ModulePath, f.Details = s.names.Path(f.ModulePath), s.names.Text(f.Details)
		f.LeadsTo = changed(f.LeadsTo, func(path *string) { *path = s.names.Path(*path) })
	}))
}

func (s *Sink) Coverage(c model.Coverage) error {
	c.Privileges.User = s.names.User(c.Privileges.User)
	c.Problems = changed(c.Problems, func(p *model.Problem) {
		p.Path, p.Message = s.names.Path(p.Path), s.names.Text(p.Message)
	})
	c.Processes = changed(c.Processes, func(p *model.ProcessCoverage) {
		p.Details = s.names.Text(p.Details)
		p.Checks = changed(p.Checks, func(k *model.Check) { k.Details = s.names.Text(k.Details) })
	})
	return s.Sink.Coverage(c)
}
