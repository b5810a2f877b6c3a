package detect

import (
	"fmt"
	"strings"
)

// kernelNames begin the names of the kernel's own threads.
var kernelNames = []string{
	"kthreadd", "kworker/", "ksoftirqd/", "migration/", "rcu_", "rcuo", "rcub/", "kswapd", "khugepaged", "kcompactd", "kdevtmpfs",
	"kauditd", "khungtaskd", "oom_reaper", "writeback", "kblockd", "kintegrityd", "jbd2/", "irq/", "watchdogd", "watchdog/",
	"cpuhp/", "idle_inject/", "scsi_eh_", "scsi_tmf_", "ksmd", "kthrotld", "devfreq_wq", "edac-poller", "md_", "xfsaild/", "xfs-",
	"ext4-rsv-conver", "btrfs-", "nfsd", "kstrp", "zswap-", "mm_percpu_wq", "slub_flushwq", "netns", "pool_workqueue_",
}

// Masquerade tells whether a process that is no kernel thread calls itself one: by its short name, or by a command line
// that is a name in brackets, as tools show kernel threads. name and commandLine are the process's own choice; that it is no
// kernel thread is the kernel's word.
func Masquerade(name, commandLine string) (sentence string, found bool) {
	title := strings.TrimRight(commandLine, "\x00 ")
	if inside, ok := bracketed(title); ok {
		return fmt.Sprintf("its command line is %q, as tools show threads of the kernel", clipName(title)), inside != ""
	}
	// A program of that very name is no disguise: nfsd, for one, has a helper of its name.
	first, _, _ := strings.Cut(title, "\x00")
	if isKernelName(name) && !strings.HasSuffix(first, "/"+name) && first != name {
		return fmt.Sprintf("it calls itself %q, as threads of the kernel are called", clipName(name)), true
	}
	if inside, _, _ := strings.Cut(strings.TrimPrefix(first, "["), "]"); strings.HasPrefix(first, "[") && isKernelName(inside) {
		return fmt.Sprintf("its command line begins with %q, as tools show threads of the kernel", clipName(first)), true
	}
	return "", false
}

func clipName(text string) string {
	const limit = 64
	if len(text) > limit {
		return text[:limit]
	}
	return text
}

// bracketed tells whether a whole command line is one word in brackets.
func bracketed(title string) (inside string, ok bool) {
	if len(title) < 3 || title[0] != '[' || title[len(title)-1] != ']' {
		return "", false
	}
	inside = title[1 : len(title)-1]
	for i := 0; i < len(inside); i++ {
		c := inside[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && !strings.ContainsRune("_/:.-+", rune(c)) {
			return "", false
		}
	}
	return inside, true
}

func isKernelName(name string) bool {
	for _, start := range kernelNames {
		if strings.HasPrefix(name, start) && (name == start || !isWord(start[len(start)-1]) || !isWord(name[len(start)])) {
			return true
		}
	}
	return false
}

func isWord(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
