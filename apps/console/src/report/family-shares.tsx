import type { Evidence, FamilyShare } from '@genehound/contract';
import { count, percent } from '../format/quantity.ts';
import { texts } from '../texts.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import css from './family-shares.module.css';
import { type BarPart, barSegments, partOf } from './gene-bar.ts';

function Bar({ evidence }: { readonly evidence: Evidence }) {
  const segments = barSegments(evidence);
  const words = (part: BarPart, share: number, genes: number): string =>
    `${texts.shares.parts[part]} ${percent(share)} (${texts.shares.geneCount(genes)})`;
  const label = segments.map((segment) => words(segment.part, segment.share, segment.genes)).join(', ');
  return (
    <>
      <div className={css.bar} role="img" aria-label={`${texts.shares.caption}: ${label}`}>
        {segments.map((segment) => (
          <span key={segment.part} className={css[segment.part]} style={{ flexGrow: segment.share }} />
        ))}
      </div>
      <ul className={css.legend} aria-hidden="true">
        {segments.map((segment) => (
          <li key={segment.part}>
            <span className={`${css.swatch} ${css[segment.part]}`} />
            {words(segment.part, segment.share, segment.genes)}
          </li>
        ))}
      </ul>
    </>
  );
}

function Share({ family }: { readonly family: FamilyShare }) {
  const width = Math.min(1, Math.max(0, family.share));
  return (
    <span className={css.share}>
      <span className={css.track} aria-hidden="true">
        <span className={css[partOf(family.type)]} style={{ inlineSize: `${width * 100}%` }} />
      </span>
      {percent(family.share)}
    </span>
  );
}

const COLUMNS: readonly Column<FamilyShare>[] = [
  { head: texts.shares.family, cell: (one) => <HostileText text={one.name} limit={80} form="line" /> },
  { head: texts.shares.type, cell: (one) => texts.familyType(one.type) },
  { head: texts.shares.share, cell: (one) => <Share family={one} /> },
  { head: texts.shares.reused, cell: (one) => count(one.reusedGenes), align: 'number' },
  { head: texts.shares.unique, cell: (one) => count(one.uniqueGenes), align: 'number' },
  { head: texts.shares.functions, cell: (one) => count(one.functions), align: 'number' },
  { head: texts.shares.exact, cell: (one) => count(one.exactFunctions), align: 'number' },
];

/** Evidence can name hundreds of families; beyond these their shares are traces. */
const SHOWN = 25;

/** The genes of an artifact: a bar of parts that do not overlap, and under it each family's own share. */
export function FamilyShares({ evidence }: { readonly evidence: Evidence }) {
  return (
    <section>
      <h2>{texts.shares.caption}</h2>
      {evidence.geneCount + evidence.commonGenes > 0 && <Bar evidence={evidence} />}
      <p className={css.note}>{texts.shares.genesNote(evidence.geneCount, evidence.commonGenes)}</p>
      {evidence.families.length === 0 ? (
        <p>{texts.shares.none}</p>
      ) : (
        <DataTable
          label={texts.shares.caption}
          columns={COLUMNS}
          rows={evidence.families.slice(0, SHOWN)}
          rowKey={(family) => family.familyId}
        />
      )}
      {evidence.families.length > SHOWN && (
        <p className={css.note}>{texts.artifacts.more(evidence.families.length - SHOWN)}</p>
      )}
    </section>
  );
}
