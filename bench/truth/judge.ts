import {
  type ArtifactJudgement,
  allGenes,
  distinctGenes,
  type FamilyRef,
  type Genome,
  judgeArtifact,
  THRESHOLDS,
  type Thresholds,
} from '@genehound/genes';
import type { GeneTable } from './gene-table.ts';

export function familyRef(number: number, name: string, type: FamilyRef['type']): FamilyRef {
  return { id: `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`, number, name, type, scope: 'global' };
}

export const geneCount = (genome: Genome): number => distinctGenes(genome.fuzzyHigh, genome.fuzzyLow).high.length;

/** As the server judges an artifact that no label names by its hash and no finding speaks against. */
export function judge(genome: Genome, table: GeneTable, limits: Thresholds = THRESHOLDS): ArtifactJudgement {
  return judgeArtifact(
    {
      state: 'done',
      problems: [],
      genome,
      labels: table.labelsOf(allGenes(genome)),
      organisationLabel: null,
      globalLabel: null,
      findings: [],
    },
    limits,
  );
}
