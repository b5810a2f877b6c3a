import type { ArtifactVerdict, Evidence, SubVerdict } from '@genehound/contract';
import type { SeenArtifact } from './places.ts';

/** An artifact of a scan with its verdict as it was seen there. */
export interface JudgedSeen {
  readonly seen: SeenArtifact;
  readonly verdict: ArtifactVerdict;
  readonly subVerdict: SubVerdict;
  /** Null where there is nothing to judge: its bytes never came, or its analysis gave nothing. */
  readonly evidence: Evidence | null;
  /** Families that the verdict names, strongest first. */
  readonly families: readonly string[];
  /** Sentences, most important first. */
  readonly why: readonly string[];
  readonly missing: boolean;
  readonly failed: boolean;
  /** By which its stored verdict was made. */
  readonly rules: number;
}

const RANK: Readonly<Record<ArtifactVerdict, number>> = { trusted: 0, unknown: 1, suspicious: 2, malicious: 3 };

export function worse(left: ArtifactVerdict, right: ArtifactVerdict): ArtifactVerdict {
  return RANK[left] >= RANK[right] ? left : right;
}

/** Malicious first; then by the number of findings, then by hash, so that the order never depends on chance. */
export function bySeverity(left: JudgedSeen, right: JudgedSeen): number {
  return (
    RANK[right.verdict] - RANK[left.verdict] ||
    right.seen.findings.length - left.seen.findings.length ||
    left.seen.sha256.localeCompare(right.seen.sha256)
  );
}
