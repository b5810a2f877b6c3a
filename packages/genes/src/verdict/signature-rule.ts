import type { Evidence } from '@genehound/contract';
import type { ArtifactInput, SignatureHit } from './artifact-input.ts';
import { leaningOf } from './family.ts';
import type { Thresholds } from './thresholds.ts';

/** Rules shown in the evidence. */
const SHOWN = 20;

function sentence({ rule, family, matched, sequences }: SignatureHit): string {
  return `${matched} of ${sequences} code sequences of ${family.name} are in it (rule ${rule})`;
}

/**
 * A code-sequence rule of malware with enough sequences speaks alone; trusted code around them dilutes nothing. With
 * fewer, or of another kind of family, it is evidence that decides nothing.
 */
export function bySignature({ input, limits }: { readonly input: ArtifactInput; readonly limits: Thresholds }) {
  const strong = (input.signatures ?? []).filter(
    ({ matched, family }) => matched >= limits.signatureSequences && leaningOf(family.type) === 'malicious',
  );
  if (strong.length === 0) return null;
  return {
    verdict: 'malicious',
    subVerdict: 'malicious',
    rule: 'signature',
    reasons: strong.slice(0, SHOWN).map(sentence),
  } as const;
}

export function signaturesIn({ signatures = [] }: ArtifactInput): Pick<Evidence, 'signatures'> {
  if (signatures.length === 0) return {};
  const shown = signatures.slice(0, SHOWN);
  return {
    signatures: shown.map(({ rule, family, matched, sequences }) => ({
      rule,
      family: family.name,
      matched,
      sequences,
    })),
  };
}
