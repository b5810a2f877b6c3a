package collect

import (
	"fmt"
	"strings"

	"genehound/scanner/internal/model"
)

// listProcesses sends the list of processes, and keeps of each what the rest of the pass needs.
func (p *pass) listProcesses() error {
	p.progress(Progress{Stage: StageProcesses})
	targets, problems, err := p.system.Processes(p.ctx)
	if err != nil {
		problems = append(problems, model.Problem{
			Code: reasonOfContext(err, model.ReasonIOError), Message: "the list of processes is not whole: " + err.Error(),
		})
	}
	p.problems = append(p.problems, problems...)
	p.targets = targets
	records := make([]model.Process, len(targets))
	p.coverage = make([]model.ProcessCoverage, len(targets))
	for i := range targets {
		records[i] = targets[i].Process
		records[i].CommandLine = conceal(p.options.Secrets, p.affordable(records[i].CommandLine))
		// The command line travels once; it need not stay in memory.
		targets[i].CommandLine = nil
		p.choose(&targets[i])
		p.coverage[i] = model.ProcessCoverage{PID: targets[i].PID, Checks: []model.Check{}}
	}
	p.summary.Processes = len(targets)
	p.progress(Progress{Stage: StageProcesses, Done: len(targets), Total: len(targets)})
	return p.sink.Processes(records)
}

// commandLineShare is the part of the memory ceiling that all command lines together may take: they travel in one
// message. Beyond it each is cut to shortCommandLine bytes.
const (
	commandLineShare = 16
	shortCommandLine = 256
)

// affordable cuts a command line where those before have used up the room.
func (p *pass) affordable(line *string) *string {
	if line == nil || len(*line) <= shortCommandLine {
		return line
	}
	if p.commandLines += uint64(len(*line)); p.commandLines <= p.options.Memory/commandLineShare {
		return line
	}
	if !p.cutCommandLines {
		p.cutCommandLines = true
		p.problem(model.ReasonLimit, fmt.Sprintf("command lines are cut to %d bytes: there are more than memory is for", shortCommandLine), "")
	}
	short := strings.ToValidUTF8((*line)[:shortCommandLine], "") + " …"
	return &short
}

// choose marks what the operator left out.
func (p *pass) choose(t *model.Target) {
	switch {
	case t.NotRead != "":
	case p.options.ExcludePIDs[t.PID]:
		t.NotRead, t.Details = model.ReasonLimit, "the operator excluded it"
	case p.options.OnlyPIDs != nil && !p.options.OnlyPIDs[t.PID]:
		t.NotRead, t.Details = model.ReasonLimit, "the operator chose other processes"
	}
}
