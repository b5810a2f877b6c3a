import type { ArtifactVerdict, FindingInfo } from '@genehound/contract';
import type { SeenArtifact, SeenFinding } from './places.ts';

/**
 * Says of each hook whether it only leads into modules that are themselves trusted: their files are, and nothing was
 * found about them in that process. `verdictOfFile`: of a file by its SHA-256, null where it has none. Pure.
 */
export function trustHooks(
  seen: readonly SeenArtifact[],
  findings: readonly FindingInfo[],
  verdictOfFile: (sha256: string) => ArtifactVerdict | null,
): readonly SeenArtifact[] {
  const suspect = new Set(findings.map((finding) => `${finding.pid}:${finding.module_path ?? ''}`));
  const trusted = new Map<string, boolean>();
  for (const artifact of seen) {
    if (artifact.layout !== 'file') continue;
    const isTrusted = verdictOfFile(artifact.sha256) === 'trusted';
    for (const { pid, path } of artifact.places) {
      const key = `${pid}:${path ?? ''}`;
      // Two files at one path, in two mount namespaces: both must be trusted.
      trusted.set(key, (trusted.get(key) ?? true) && isTrusted);
    }
  }
  const isTrustedTarget = (pid: number, path: string): boolean => {
    const key = `${pid}:${path}`;
    // One that is in no process, for there were too many to tell which of them has it, may be the one that is meant.
    return trusted.get(key) === true && trusted.get(`0:${path}`) !== false && !suspect.has(key);
  };
  const settle = (finding: SeenFinding): SeenFinding => {
    const { pid, leadsTo } = finding;
    return { ...finding, leadsToTrusted: leadsTo.length > 0 && leadsTo.every((path) => isTrustedTarget(pid, path)) };
  };
  return seen.map((artifact) =>
    artifact.findings.some((finding) => finding.leadsTo.length > 0)
      ? { ...artifact, findings: artifact.findings.map(settle) }
      : artifact,
  );
}
