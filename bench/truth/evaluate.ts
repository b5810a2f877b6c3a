import { allGenes, type FamilyRef, namedFamilies, THRESHOLDS, type Thresholds } from '@genehound/genes';
import type { DebianPackage } from './catalogue.ts';
import { GeneTable } from './gene-table.ts';
import type { Extracted } from './genome-file.ts';
import { familyRef, geneCount, judge } from './judge.ts';
import type { Distance, Family, Half, Role } from './plan.ts';

/** Software that is known beside the families of a half: runtimes of compilers and languages, other trusted origins. */
export interface Known {
  readonly name: string;
  readonly artifacts: () => Iterable<Extracted>;
}

/** Code with a known truth that no label names by its hash. */
export interface Probe {
  /** Its origin; null where it is of no drawn family. */
  readonly group: string | null;
  readonly role: Role;
  readonly distance: Distance | 'unlabelled';
  /** Which part of the corpus it comes from. */
  readonly source: string;
  readonly artifacts: () => Iterable<Extracted>;
}

export interface Outcome {
  readonly group: string | null;
  readonly role: Role;
  readonly distance: Probe['distance'];
  readonly source: string;
  readonly place: string;
  readonly sha256: string;
  readonly layout: Extracted['layout'];
  readonly format: string;
  readonly instructionSet: string | null;
  /** Distinct fuzzy genes, common ones too. */
  readonly genes: number;
  readonly verdict: string;
  /** Malicious families that the verdict rests on. */
  readonly named: readonly string[];
  readonly rule: string;
  readonly reason: string;
  /** Strongest first, at most three. */
  readonly families: readonly FoundFamily[];
  /** Genes that are not common. */
  readonly judgedGenes: number;
}

interface FoundFamily {
  readonly name: string;
  readonly malicious: boolean;
  readonly reusedGenes: number;
  readonly uniqueGenes: number;
  readonly functions: number;
  readonly exactFunctions: number;
}

export interface Knowledge {
  readonly table: GeneTable;
  readonly families: readonly FamilyRef[];
  /** SHA-256 of everything that was learnt: no probe may be one of them. */
  readonly learnt: ReadonlySet<string>;
}

export type Reader = (wanted: DebianPackage) => Iterable<Extracted>;

export interface KnownBeside {
  /** Libraries to every installation. */
  readonly runtimes: readonly Known[];
  /** Trusted origins of neither half. */
  readonly world: readonly Known[];
}

/** Everything that a half may know: its own families, the runtimes, and what is trusted beside. */
export function learn(families: readonly Family[], half: Half, beside: KnownBeside, read: Reader): Knowledge {
  const table = new GeneTable(THRESHOLDS.familiesPerGene);
  const refs: FamilyRef[] = [];
  const learnt = new Set<string>();
  const add = (name: string, type: FamilyRef['type'], artifacts: Iterable<Extracted>): void => {
    const ref = familyRef(refs.length + 1, name, type);
    refs.push(ref);
    for (const { genome, sha256, layout } of artifacts) {
      if (layout !== 'file') continue;
      learnt.add(sha256);
      table.learn(allGenes(genome), ref);
    }
  };
  for (const { name, artifacts } of beside.runtimes) add(name, 'library', artifacts());
  for (const { name, artifacts } of beside.world) add(name, 'application', artifacts());
  for (const family of families) {
    if (family.half !== half || family.role === 'absent') continue;
    add(family.group, family.role === 'malware' ? 'malware' : 'application', read(family.labelled));
  }
  return { table, families: refs, learnt };
}

/** Probes of a half's families: other builds of the labelled ones, everything of the absent ones. */
export function probesOf(families: readonly Family[], half: Half, read: Reader): Probe[] {
  const probes: Probe[] = [];
  for (const { group, role, half: of, labelled, queries } of families) {
    if (of !== half) continue;
    const source = 'Debian package';
    if (role === 'absent') {
      probes.push({ group, role, distance: 'unlabelled', source, artifacts: () => read(labelled) });
    }
    for (const { distance, wanted } of queries) {
      probes.push({ group, role, distance, source, artifacts: () => read(wanted) });
    }
  }
  return probes;
}

/** Judges every artifact of the probes, each content once. */
export function* evaluate(probes: readonly Probe[], knowledge: Knowledge, limits: Thresholds): Generator<Outcome> {
  const seen = new Set<string>(knowledge.learnt);
  for (const { artifacts, group, role, distance, source } of probes) {
    for (const { sha256, layout, place, format, genome } of artifacts()) {
      const key = layout === 'file' ? sha256 : `${layout} ${sha256}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const judgement = judge(genome, knowledge.table, limits);
      const { verdict, evidence } = judgement;
      yield {
        ...{ group, role, distance, source, place, sha256, layout, format },
        instructionSet: genome.instructionSet,
        genes: geneCount(genome),
        verdict,
        named: namedFamilies(judgement),
        rule: evidence.rule,
        reason: evidence.reasons[0] ?? '',
        judgedGenes: evidence.geneCount,
        families: evidence.families.slice(0, 3).map((family) => ({
          name: family.name,
          malicious: family.type === 'malware',
          reusedGenes: family.reusedGenes,
          uniqueGenes: family.uniqueGenes,
          functions: family.functions,
          exactFunctions: family.exactFunctions,
        })),
      };
    }
  }
}
