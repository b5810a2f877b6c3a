import type { ArtifactVerdict, Evidence, FindingKind, Scope, SubVerdict } from '@genehound/contract';
import type { GeneSet } from '../gene-set.ts';
import type { Genome } from '../genome.ts';
import type { FamilyRef } from './family.ts';
import type { LabelSet } from './label-set.ts';

/** A label on exactly this artifact (hash and layout). */
export interface HashLabel {
  readonly scope: Scope;
  readonly family: Pick<FamilyRef, 'name' | 'type'>;
  readonly source: string;
}

/** What the gene index says of an artifact's distinct genes; `set[i]` indexes `sets`, of which 0 is no label. */
export interface GeneLabels {
  readonly genes: GeneSet;
  readonly set: Uint32Array;
  readonly sets: readonly LabelSet[];
}

/** A run of changed bytes, `rva` in the artifact. Bytes. */
export interface Change {
  readonly rva: number;
  readonly size: number;
}

/** How the code stood where it was seen. */
export interface ArtifactFinding {
  readonly kind: FindingKind;
  /** What was changed; patched and hooked are judged by it alone. Empty: not told, so nothing excuses it. */
  readonly changes: readonly Change[];
  /** True where the change only leads into a module that is itself trusted. */
  readonly leadsToTrusted: boolean;
}

/** A code-sequence rule that matches the artifact. */
export interface SignatureHit {
  readonly rule: string;
  readonly family: Pick<FamilyRef, 'name' | 'type'>;
  /** Of the rule's `sequences` so many were found. */
  readonly matched: number;
  readonly sequences: number;
}

/** A sound signature of a publisher that the organisation trusts, over exactly this file. */
export interface TrustedSignature {
  /** Subject of the signer. */
  readonly publisher: string;
  /** The catalog that names the file; null: the file itself is signed. */
  readonly catalog: string | null;
  /** RFC 3339: when it was there. */
  readonly at: string;
  /** True where an anchored time stamp says when. */
  readonly stamped: boolean;
}

export interface ArtifactInput {
  readonly state: 'done' | 'failed' | 'unsupported';
  /** Why it failed, or what the parser met. */
  readonly problems: readonly string[];
  /** null where the code was not extracted. */
  readonly genome: Genome | null;
  readonly labels: GeneLabels | null;
  readonly organisationLabel: HashLabel | null;
  readonly globalLabel: HashLabel | null;
  readonly findings: readonly ArtifactFinding[];
  readonly signatures?: readonly SignatureHit[];
  readonly publisher?: TrustedSignature | null;
}

export interface ArtifactJudgement {
  readonly verdict: ArtifactVerdict;
  readonly subVerdict: SubVerdict;
  readonly evidence: Evidence;
}
