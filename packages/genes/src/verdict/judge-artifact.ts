import type { Evidence, FindingKind, SubVerdict } from '@genehound/contract';
import type { ArtifactFinding, ArtifactInput, ArtifactJudgement, HashLabel } from './artifact-input.ts';
import { changedSelection, changeIsTrusted, isLocalChange } from './changed-code.ts';
import { leaningOf } from './family.ts';
import { type ForeignCode, findForeignCode } from './foreign-code.ts';
import { hasFloor, maliciousFamilies, maliciousMatches } from './malicious-code.ts';
import { bySignature, signaturesIn } from './signature-rule.ts';
import { EVERYTHING, familyShares, type Tally, tally } from './tally.ts';
import { THRESHOLDS, type Thresholds } from './thresholds.ts';

/** A rule's answer before the evidence is put together. */
interface Ruling {
  readonly verdict: ArtifactJudgement['verdict'];
  readonly subVerdict: SubVerdict;
  readonly rule: string;
  readonly reasons: readonly string[];
}

interface Case {
  readonly input: ArtifactInput;
  readonly limits: Thresholds;
  readonly whole: Tally;
  /** The changed blocks alone; null where nothing was patched or hooked. */
  readonly changed: Tally | null;
  readonly trustedShare: number;
  readonly foreign: ForeignCode | null;
}

type Rule = (facts: Case) => Ruling | null;

const EMPTY: Tally = {
  geneCount: 0,
  commonGenes: 0,
  uniqueGenes: 0,
  trustedGenes: 0,
  maliciousGenes: 0,
  sharedMaliciousGenes: 0,
  toolGenes: 0,
  packerGenes: 0,
  families: [],
};

const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;

function labelRuling(label: HashLabel): Ruling {
  const where = label.scope === 'global' ? 'globally' : 'by this organisation';
  const reasons = [
    `This exact code is labelled ${where} as ${label.family.name} (${label.family.type}), ${label.source}`,
  ];
  const rule = label.scope === 'global' ? 'label-global' : 'label-organisation';
  switch (leaningOf(label.family.type)) {
    case 'malicious':
      return { verdict: 'malicious', subVerdict: 'known_malicious', rule, reasons };
    case 'tool':
      return { verdict: 'suspicious', subVerdict: 'known_administration_tool', rule, reasons };
    case 'packer':
    case 'trusted': {
      const subVerdict = label.family.type === 'library' ? 'known_library' : 'known_trusted';
      return { verdict: 'trusted', subVerdict, rule, reasons };
    }
  }
}

const byLabel: Rule = ({ input }) => {
  const label = input.organisationLabel ?? input.globalLabel;
  return label === null ? null : labelRuling(label);
};

/**
 * Share of such genes in what is neither common nor trusted nor shared with malware: trusted code around an implant
 * dilutes nothing, nor does a second family of which some of the same code is known.
 */
function shareOf(genes: number, found: Tally): number {
  return genes / Math.max(1, found.geneCount - found.trustedGenes - found.sharedMaliciousGenes);
}

const byMaliciousGenes: Rule = ({ whole, changed, limits }) => {
  for (const found of changed === null ? [whole] : [whole, changed]) {
    const matches = maliciousMatches(found, limits);
    const genes = matches.find(({ byGenes }) => byGenes);
    const exact = matches.find(({ byFunctions }) => byFunctions);
    const where = found === changed ? ' in the changed code' : '';
    const reasons: string[] = [];
    if (genes !== undefined) {
      const { count, share } = genes;
      reasons.push(
        `${count.uniqueGenes} genes in ${count.functions} functions${where} are known from ${count.family.name} alone: ${percent(share)} of what is neither common nor trusted code nor of other malware`,
      );
    }
    if (exact !== undefined) {
      const { exactFunctions, family } = exact.count;
      reasons.push(`${exactFunctions} whole functions are known from ${family.name} alone${where}`);
    }
    if (reasons.length > 0) return { verdict: 'malicious', subVerdict: 'malicious', rule: 'malicious-genes', reasons };
  }
  return null;
};

const byWeakGenes: Rule = ({ whole, limits }) => {
  const share = shareOf(whole.maliciousGenes, whole);
  const [first, ...others] = maliciousFamilies(whole);
  if (first === undefined) return null;
  const family = others.reduce((most, next) => (next.uniqueGenes > most.uniqueGenes ? next : most), first);
  const many = family.uniqueGenes >= limits.maliciousGenes && share >= limits.weakShare;
  const dense = family.uniqueGenes >= limits.weakGenes && share >= limits.maliciousShare;
  if (!many && !dense) return null;
  const reason = `${family.uniqueGenes} genes are known from ${family.family.name} alone (${percent(share)} of what is neither common nor trusted code): too few to call it that family`;
  return { verdict: 'suspicious', subVerdict: 'suspicious', rule: 'weak-malicious-genes', reasons: [reason] };
};

/** Two names for one malware, or code that malware has in common: no family to name, but nothing to pass over. */
const bySharedGenes: Rule = ({ whole, limits }) => {
  const genes = whole.sharedMaliciousGenes + whole.maliciousGenes;
  const share = genes / Math.max(1, whole.geneCount - whole.trustedGenes);
  if (whole.sharedMaliciousGenes === 0 || genes < limits.maliciousGenes || share < limits.maliciousShare) return null;
  const names = maliciousFamilies(whole).map(({ family }) => family.name);
  const reason = `${genes} genes are known from malware alone, but from several families (${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''}): ${percent(share)} of what is not trusted code`;
  return { verdict: 'suspicious', subVerdict: 'suspicious', rule: 'shared-malicious-genes', reasons: [reason] };
};

const byTool: Rule = ({ whole, limits }) => {
  const family = whole.families.find((count) => leaningOf(count.family.type) === 'tool' && hasFloor(count, limits));
  // Malicious genes count along: they must never dilute the tool away.
  const share = shareOf(whole.toolGenes + whole.maliciousGenes, whole);
  if (family === undefined || share < limits.maliciousShare) return null;
  const reason = `${family.uniqueGenes} genes are known from the administration tool ${family.family.name} alone`;
  return { verdict: 'suspicious', subVerdict: 'administration_tool', rule: 'administration-tool', reasons: [reason] };
};

/**
 * Who made the file says nothing of code that is not the file's: neither of what was found with it in memory, nor of functions
 * that were put into it before it was signed.
 */
const byPublisher: Rule = ({ input, foreign }) => {
  const { publisher: signed, findings, state } = input;
  if (signed === undefined || signed === null || findings.length > 0 || foreign !== null || state === 'failed')
    return null;
  const how =
    signed.catalog === null ? 'This very file is signed' : `The catalog ${signed.catalog} names this very file, signed`;
  const when = `${signed.stamped ? 'stamped' : 'here'} on ${signed.at.slice(0, 10)}`;
  const reason = `${how} by ${signed.publisher}, a publisher that this organisation trusts (${when})`;
  return { verdict: 'trusted', subVerdict: 'trusted', rule: 'trusted-publisher', reasons: [reason] };
};

const byPacker: Rule = ({ whole, limits }) => {
  const family = whole.families.find((count) => leaningOf(count.family.type) === 'packer' && hasFloor(count, limits));
  const share = shareOf(whole.packerGenes + whole.maliciousGenes, whole);
  if (family === undefined || share < limits.maliciousShare) return null;
  const reason = `${family.uniqueGenes} genes are known from the packer ${family.family.name} alone`;
  return { verdict: 'suspicious', subVerdict: 'packed', rule: 'packed', reasons: [reason] };
};

/** What the structure of the image says (packages/binary): code that is not to be read before it has unpacked itself. */
const byPackedStructure: Rule = ({ input }) => {
  const codes = new Set(input.genome?.problems.map(({ code }) => code));
  const sure = codes.has('packed');
  if (!sure && !codes.has('probably-packed')) return null;
  const why = input.genome?.problems.find(({ code }) => code === (sure ? 'packed' : 'probably-packed'))?.message ?? '';
  const reasons = [`Its code is ${sure ? '' : 'probably '}packed or encrypted, so its genes say little: ${why}`];
  return { verdict: 'suspicious', subVerdict: sure ? 'packed' : 'probably_packed', rule: 'packed', reasons };
};

const SAYS: Readonly<Record<FindingKind, string>> = {
  replaced: 'The program in memory is not the file it was started from',
  'header-modified': 'The headers of the module in memory were changed',
  patched: 'Code of the module was changed in memory',
  hooked: 'Code of the module was diverted in memory',
  stomped: 'Most code of the module was overwritten in memory',
  'implanted-image': 'A program image stands in memory without a file behind it',
  'implanted-code': 'Code stands in memory without a file behind it',
  unlinked: "The module is hidden from the process's list of modules",
  'unbacked-thread': 'A thread runs in memory without a file behind it',
  'deleted-file': 'The file behind the code is deleted',
  'foreign-code': 'Functions were found in it that no release of this software has',
  masquerade: 'The process calls itself a thread of the kernel',
  preload: 'The library is put into a program that does not ask for it',
};

function isExcused(finding: ArtifactFinding, { input, trustedShare, whole, limits }: Case): boolean {
  if (finding.kind === 'foreign-code') return false;
  const { genome, labels } = input;
  if (genome === null || labels === null) return false;
  if (isLocalChange(finding)) return finding.leadsToTrusted || changeIsTrusted(genome, labels, finding.changes);
  return whole.trustedGenes >= limits.fewGenes && trustedShare >= limits.trustedShareWithFinding;
}

const byFinding: Rule = (facts) => {
  const kinds = new Set(
    facts.input.findings.filter((finding) => !isExcused(finding, facts)).map((finding) => finding.kind),
  );
  if (kinds.size === 0) return null;
  const reasons = [...kinds].sort().map((kind) => `${SAYS[kind]}, and that code is not known as trusted (${kind})`);
  return { verdict: 'suspicious', subVerdict: 'suspicious', rule: 'finding', reasons };
};

const byForeignCode: Rule = ({ foreign }) => {
  const [best, ...more] = foreign?.groups ?? [];
  if (foreign === null || best === undefined) return null;
  const hex = (rva: number): string => `0x${rva.toString(16)}`;
  const others = more.length === 0 ? '' : `; and ${more.length} more such groups`;
  const reason = `${best.functions.length} functions from ${hex(best.rva)} to ${hex(best.rva + best.size)} are in no known release of ${foreign.family.name} nor in other trusted software: ${percent(best.concentration)} of all that is new in it${others}`;
  return { verdict: 'suspicious', subVerdict: 'suspicious', rule: 'foreign-code', reasons: [reason] };
};

const byTrustedGenes: Rule = ({ whole, trustedShare, limits }) => {
  // Trusted genes, not genes: a few malicious ones must not lift an artifact over the floor.
  if (whole.trustedGenes < limits.fewGenes || trustedShare < limits.trustedShare) return null;
  const main = whole.families.find((count) => leaningOf(count.family.type) === 'trusted');
  const reason = `${percent(trustedShare)} of ${whole.geneCount} genes are known from trusted software${main === undefined ? '' : `, foremost ${main.family.name}`}`;
  const sure = trustedShare >= limits.surelyTrustedShare;
  let subVerdict: SubVerdict = sure ? 'trusted' : 'probably_trusted';
  if (sure && main?.family.type === 'library') subVerdict = 'library';
  if (sure && main?.family.type === 'installer') subVerdict = 'installer';
  return { verdict: 'trusted', subVerdict, rule: 'trusted-genes', reasons: [reason] };
};

const unknown = (subVerdict: SubVerdict, reason: string): Ruling => ({
  verdict: 'unknown',
  subVerdict,
  rule: 'unknown',
  reasons: [reason],
});

/** No rule spoke: says why there is no better answer. */
function otherwise({ input, whole, limits }: Case): Ruling {
  const why = input.problems[0] === undefined ? '' : `: ${input.problems[0]}`;
  if (input.state === 'unsupported')
    return unknown('file_type_not_supported', `Not analysed, its kind is not supported${why}`);
  if (input.state === 'failed') return unknown('inconclusive', `The analysis did not finish${why}`);
  if (input.genome === null) return unknown('inconclusive', `Its code was not extracted${why}`);
  if (input.genome.codeBytes === 0) {
    return input.problems.length > 0
      ? unknown('corrupted_file', `No code could be read${why}`)
      : unknown('no_code', 'It holds no code');
  }
  if (whole.geneCount === 0) {
    return whole.commonGenes === 0
      ? unknown('no_genes', 'Its code is too little for a single gene')
      : unknown('no_genes', `All of its ${whole.commonGenes} genes are common ones`);
  }
  if (whole.geneCount < limits.fewGenes) {
    return unknown('almost_no_genes', `${whole.geneCount} genes that are not common are too few to judge by`);
  }
  const share = whole.uniqueGenes / whole.geneCount;
  const reason = `${percent(share)} of its ${whole.geneCount} genes are in no known software`;
  return unknown(share >= limits.uniqueShare ? 'unique' : 'unknown', reason);
}

/** Told by genes, so it stands in the evidence wherever the code is seen, also where another rule decided. */
const FOREIGN: FindingKind = 'foreign-code';

const RULES: readonly Rule[] = [
  byLabel,
  byMaliciousGenes,
  bySignature,
  byWeakGenes,
  bySharedGenes,
  byTool,
  byPublisher,
  byPacker,
  byPackedStructure,
  byFinding,
  byForeignCode,
  byTrustedGenes,
];

function factsOf(input: ArtifactInput, limits: Thresholds): Case {
  const { genome, labels } = input;
  const known = genome !== null && labels !== null;
  const whole = known ? tally(genome, labels, EVERYTHING, limits) : EMPTY;
  const isChanged = known && input.findings.some((finding) => isLocalChange(finding) && finding.changes.length > 0);
  const changed = isChanged ? tally(genome, labels, changedSelection(genome, input.findings), limits) : null;
  const foreign = known ? findForeignCode(genome, labels, limits, whole) : null;
  return { input, limits, whole, changed, foreign, trustedShare: whole.trustedGenes / Math.max(1, whole.geneCount) };
}

function evidenceOf(ruling: Ruling, { input, whole, foreign, trustedShare, limits }: Case): Evidence {
  const label = input.organisationLabel ?? input.globalLabel;
  return {
    rule: ruling.rule,
    reasons: [...ruling.reasons],
    geneCount: whole.geneCount,
    commonGenes: whole.commonGenes,
    uniqueGenes: whole.uniqueGenes,
    trustedShare,
    families: familyShares(whole, limits.familiesInEvidence),
    findings: [...new Set([...input.findings.map(({ kind }) => kind), ...(foreign === null ? [] : [FOREIGN])])].sort(),
    ...signaturesIn(input),
    ...(input.publisher === undefined || input.publisher === null ? {} : { publisher: { ...input.publisher } }),
    ...(label === null ? {} : { label: { scope: label.scope, family: label.family.name, source: label.source } }),
    problems: [...input.problems],
  };
}

/**
 * The verdict of one artifact: the first rule that applies, with what it follows from. Pure; the order of blocks,
 * findings and label sets does not matter. The rules are told in docs/verdicts.md.
 */
export function judgeArtifact(input: ArtifactInput, limits: Thresholds = THRESHOLDS): ArtifactJudgement {
  const facts = factsOf(input, limits);
  let ruling: Ruling | null = null;
  for (const rule of RULES) {
    ruling = rule(facts);
    if (ruling !== null) break;
  }
  ruling ??= otherwise(facts);
  return { verdict: ruling.verdict, subVerdict: ruling.subVerdict, evidence: evidenceOf(ruling, facts) };
}

/** Names of the families that a malicious or suspicious verdict rests on, strongest first. */
export function namedFamilies(
  judgement: Pick<ArtifactJudgement, 'verdict' | 'evidence'>,
  limits: Thresholds = THRESHOLDS,
): readonly string[] {
  const { verdict, evidence } = judgement;
  if (verdict !== 'malicious' && verdict !== 'suspicious') return [];
  if (evidence.rule.startsWith('label-')) return evidence.label === undefined ? [] : [evidence.label.family];
  const signed = (evidence.signatures ?? []).filter(({ matched }) => matched >= limits.signatureSequences);
  const [genes, functions] =
    verdict === 'malicious' ? [limits.maliciousGenes, limits.exactFunctions] : [limits.weakGenes, 1];
  const byGenes = evidence.families
    .filter((family) => {
      const leaning = leaningOf(family.type);
      const fits = verdict === 'malicious' ? leaning === 'malicious' : leaning !== 'trusted';
      return fits && (family.uniqueGenes >= genes || family.exactFunctions >= functions);
    })
    .map(({ name }) => name);
  return [...new Set([...byGenes, ...signed.map(({ family }) => family)])];
}
