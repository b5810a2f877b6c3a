package collect

import (
	"time"

	"genehound/scanner/internal/model"
)

// Refuse tells of a machine that this scanner does not support: which it is, and why nothing of it was read. So it is
// not taken for one that never answered.
func Refuse(system model.System, sink model.Sink, why error) (Summary, error) {
	problem := model.Problem{Code: model.ReasonUnsupported, Message: why.Error()}
	user, kernel := system.CPUTime()
	summary := Summary{
		Problems: []model.Problem{problem}, Privileges: system.Privileges(), Reason: model.EndUnsupported,
		Metrics: model.RuntimeMetrics{
			ScannerCPUUserTime: uint64(user / 100), ScannerCPUKernelTime: uint64(kernel / 100), ScannerPeakWorkingSet: system.PeakMemory(),
		},
	}
	coverage := model.Coverage{Version: model.MessageVersion, Privileges: summary.Privileges, Problems: summary.Problems}
	for _, send := range []func() error{
		func() error { return sink.HostInfo(system.HostInfo()) },
		func() error { return sink.Identity(system.Identity()) },
		func() error { return sink.Processes(nil) },
		func() error { return sink.Coverage(coverage) },
		func() error {
			end := float64(time.Now().UnixMilli()) / 1000
			return sink.End(model.End{Reason: model.EndUnsupported, EndTime: end, RuntimeMetrics: &summary.Metrics})
		},
	} {
		if err := send(); err != nil {
			return summary, err
		}
	}
	return summary, nil
}
