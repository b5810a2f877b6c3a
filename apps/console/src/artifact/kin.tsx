import type { Answer } from '@genehound/contract';
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { bytes } from '../format/quantity.ts';
import { Sign } from '../signs/sign.tsx';
import { texts } from '../texts.ts';
import { HashText } from '../ui/copyable.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import { More } from '../ui/more.tsx';
import { onePage, SaveList } from '../ui/save-list.tsx';
import { Empty, Failed, Loading } from '../ui/states.tsx';
import { type ArtifactKey, related, strings } from './artifact-queries.ts';

type Related = Answer<'listRelatedArtifacts'>['items'][number];
type StringItem = Answer<'listArtifactStrings'>['items'][number];

function relatedColumns(genes: number): readonly Column<Related>[] {
  return [
    {
      head: texts.artifact.heading,
      cell: (one) => (
        <Link to="/artifacts/$sha256/$layout" params={{ sha256: one.sha256, layout: one.layout }}>
          <HashText text={one.sha256} />
        </Link>
      ),
    },
    {
      head: texts.scans.verdict,
      cell: ({ verdict }) => (verdict === null ? texts.unknownValue : <Sign sign={verdict} />),
    },
    {
      head: texts.shares.family,
      cell: ({ families }) =>
        families.length === 0 ? texts.none : <HostileText text={families.join(', ')} limit={100} form="line" />,
    },
    { head: texts.shares.share, cell: ({ sharedGenes }) => texts.artifact.shares(sharedGenes, genes) },
    { head: texts.artifact.size, cell: ({ size }) => bytes(size), align: 'number' },
  ];
}

/** Artifacts of the organisation that share most genes with this one. */
export function RelatedArtifacts({ of }: { readonly of: ArtifactKey }) {
  const query = useQuery(related(of));
  return (
    <section aria-label={texts.artifact.related}>
      <h2>{texts.artifact.related}</h2>
      {query.isPending && <Loading />}
      {query.isError && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {query.data?.items.length === 0 && <Empty>{texts.artifact.noneRelated}</Empty>}
      {query.data !== undefined && query.data.items.length > 0 && (
        <>
          <DataTable
            label={texts.artifact.related}
            columns={relatedColumns(query.data.genes)}
            rows={query.data.items}
            rowKey={(one) => `${one.sha256} ${one.layout}`}
          />
          <SaveList name="genehound-related" pages={onePage(query.data.items)} />
        </>
      )}
    </section>
  );
}

const STRING_COLUMNS: readonly Column<StringItem>[] = [
  { head: texts.artifact.string, cell: ({ value }) => <HostileText text={value} limit={200} /> },
  {
    head: texts.artifact.sharedBy,
    cell: ({ families }) =>
      families.length === 0 ? '–' : <HostileText text={families.join(', ')} limit={100} form="line" />,
  },
];

function StringTable({ of }: { readonly of: ArtifactKey }) {
  const query = useQuery(strings(of));
  if (query.isError) return <Failed error={query.error} onAgain={() => void query.refetch()} />;
  if (query.data === undefined) return <Loading />;
  const { items, problems } = query.data;
  return (
    <>
      {problems.map((problem) => (
        <p key={problem}>
          <HostileText text={problem} limit={300} />
        </p>
      ))}
      {items.length === 0 && <Empty>{texts.artifact.noStrings}</Empty>}
      {items.length > 0 && (
        <>
          <More items={items}>
            {(shown) => (
              <DataTable
                label={texts.artifact.strings}
                columns={STRING_COLUMNS}
                rows={shown}
                rowKey={({ value, encoding }, at) => `${encoding} ${at} ${value.slice(0, 40)}`}
              />
            )}
          </More>
          <SaveList name="genehound-strings" pages={onePage(items)} />
        </>
      )}
    </>
  );
}

/** Asked for by hand: the server reads the file and samples of its families for it. */
export function Strings({ of }: { readonly of: ArtifactKey }) {
  const [asked, setAsked] = useState(false);
  return (
    <section aria-label={texts.artifact.strings}>
      <h2>{texts.artifact.strings}</h2>
      <p>{texts.artifact.stringsNote}</p>
      {asked ? (
        <StringTable of={of} />
      ) : (
        <Button variant="default" size="xs" onClick={() => setAsked(true)}>
          {texts.artifact.showStrings}
        </Button>
      )}
    </section>
  );
}
