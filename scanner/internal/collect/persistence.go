package collect

import (
	"genehound/scanner/internal/model"
)

// StagePersistence is the reading of what starts by itself.
const StagePersistence Stage = "autoruns"

// readPersistence reports what starts by itself, with the hashes of the files that it starts. Files that are images
// are offered with the modules' later; of all others only hash, path and size leave (S4).
func (p *pass) readPersistence() error {
	source, knows := p.system.(model.PersistenceSource)
	if !knows {
		return nil
	}
	p.progress(Progress{Stage: StagePersistence})
	found, reason, details, ok := attempt(p, p.options.ProcessTimeout, source.Persistence)
	if !ok {
		p.problem(reason, "what starts by itself is not known: "+details, "")
		return nil
	}
	p.problems = append(p.problems, found.Problems...)
	total := len(found.Autoruns) + len(found.Tasks)
	for i := range found.Autoruns {
		p.progress(Progress{Stage: StagePersistence, Done: i, Total: total})
		entry := &found.Autoruns[i]
		entry.EntryValue = *conceal(p.options.Secrets, &entry.EntryValue)
		entry.ExtractedFiles, entry.Starts = p.extracted(entry.Starts), nil
	}
	for i := range found.Tasks {
		p.progress(Progress{Stage: StagePersistence, Done: len(found.Autoruns) + i, Total: total})
		for k := range found.Tasks[i].ExecActions {
			action := &found.Tasks[i].ExecActions[k]
			action.ExecArgs = *conceal(p.options.Secrets, &action.ExecArgs)
			action.ExtractedFiles, action.Starts = p.extracted(action.Starts), nil
		}
		found.Tasks[i].TaskName = *conceal(p.options.Secrets, &found.Tasks[i].TaskName)
	}
	if err := p.sink.ScheduledTasks(found.Tasks); err != nil {
		return err
	}
	return p.sink.Autoruns(found.Autoruns)
}

// extracted hashes the files that an entry starts, each file once in a scan.
func (p *pass) extracted(starts []model.StartedFile) map[string]model.ExtractedFile {
	if len(starts) == 0 {
		return nil
	}
	files := map[string]model.ExtractedFile{}
	for i := range starts {
		one := &starts[i]
		index := p.files.take(one.File)
		entry := &p.files.entries[index]
		if entry.hashed == nil && entry.failure == "" {
			info, reason, details := p.hashFile(entry)
			if entry.failure, entry.details = reason, details; reason == "" {
				entry.hashed = &info
			}
		}
		if entry.hashed != nil {
			files[one.Written] = model.ExtractedFile{FullPath: one.File.Path, SHA256: entry.hashed.SHA256}
		}
	}
	return files
}
