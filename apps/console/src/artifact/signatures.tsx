import type { Answer } from '@genehound/contract';
import { texts } from '../texts.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import { Time } from '../ui/time.tsx';

const words = texts.settings.publishers;

type Signed = NonNullable<Answer<'getArtifact'>['signed']>;
type Signature = Signed['items'][number];

function countsOf({ trusted, untimely }: Signature): string {
  if (trusted) return words.yes;
  return untimely ? words.untimely : words.no;
}

const COLUMNS: readonly Column<Signature>[] = [
  { head: words.by, cell: (one) => <HostileText text={one.subject ?? words.unnamed} limit={200} /> },
  {
    head: words.where,
    cell: ({ catalog }) => (catalog === null ? words.itself : <HostileText text={catalog} limit={100} form="line" />),
  },
  { head: words.stamped, cell: ({ stampedAt }) => (stampedAt === null ? texts.none : <Time value={stampedAt} />) },
  { head: words.counts, cell: countsOf },
];

/** Who signed a file of Windows, and whether that counts. */
export function Signatures({ of }: { readonly of: Signed }) {
  return (
    <section aria-label={words.heading}>
      <h2>{words.heading}</h2>
      {of.items.length === 0 && of.problems.length === 0 && <p>{words.unsigned}</p>}
      {of.items.length > 0 && (
        <DataTable label={words.heading} columns={COLUMNS} rows={of.items} rowKey={(_, at) => String(at)} />
      )}
      {of.problems.map((problem) => (
        <p key={problem}>
          {words.broken} <HostileText text={problem} limit={300} />
        </p>
      ))}
    </section>
  );
}
