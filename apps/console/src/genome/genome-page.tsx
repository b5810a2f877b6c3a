import type { Answer } from '@genehound/contract';
import { TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { families as familiesQuery, genome as genomeQuery } from '../api/queries.ts';
import { count } from '../format/quantity.ts';
import { ApiSource } from '../frame/frame.tsx';
import { texts } from '../texts.ts';
import { Command } from '../ui/copyable.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import { More } from '../ui/more.tsx';
import { Empty, Failed, Loading } from '../ui/states.tsx';
import { useTitle } from '../ui/title.ts';
import css from './genome.module.css';

type Family = Answer<'listFamilies'>['items'][number];
type Status = Answer<'getGenome'>;

const COLUMNS: readonly Column<Family>[] = [
  { head: texts.genome.name, cell: (family) => <HostileText text={family.name} limit={100} form="line" /> },
  { head: texts.genome.type, cell: (family) => texts.familyType(family.type) },
  { head: texts.genome.scope, cell: (family) => texts.shares.scopes[family.scope] },
  { head: texts.genome.count, cell: (family) => count(family.samples), align: 'number' },
];

/** Fewer samples than any system has programs: the built-in test threat and little else. */
const NEARLY_EMPTY = 3;

function Numbers({ status }: { readonly status: Status }) {
  const numbers = [
    [status.families, texts.genome.families],
    [status.samples, texts.genome.samples],
    [status.genes, texts.genome.genes],
  ] as const;
  return (
    <>
      <ul className={css.numbers}>
        {numbers.map(([value, word]) => (
          <li key={word}>
            <strong>{count(value)}</strong> {word}
          </li>
        ))}
      </ul>
      {status.pendingSamples > 0 && <p role="status">{texts.genome.pending(status.pendingSamples)}</p>}
      {!status.indexCurrent && <p role="status">{texts.genome.rebuilding}</p>}
      {status.samples < NEARLY_EMPTY && status.pendingSamples === 0 && (
        <section className={css.empty}>
          <h2>{texts.genome.emptyHeading}</h2>
          <p>{texts.genome.empty}</p>
          <Command text={texts.genome.command} />
        </section>
      )}
    </>
  );
}

function Families({ all }: { readonly all: readonly Family[] }) {
  const [wanted, setWanted] = useState('');
  const shown = all.filter((family) => family.name.toLowerCase().includes(wanted.toLowerCase()));
  return (
    <>
      <TextInput
        className={css.filter ?? ''}
        label={texts.genome.filter}
        type="search"
        size="xs"
        value={wanted}
        onChange={(event) => setWanted(event.currentTarget.value)}
      />
      {shown.length === 0 ? (
        <Empty>{texts.genome.none}</Empty>
      ) : (
        <More items={shown}>
          {(items) => (
            <DataTable label={texts.genome.table} columns={COLUMNS} rows={items} rowKey={(family) => family.id} />
          )}
        </More>
      )}
    </>
  );
}

/** What the server knows: without it, verdicts cannot be understood. */
export function GenomePage() {
  useTitle(texts.genome.heading);
  const status = useQuery(genomeQuery);
  const families = useQuery(familiesQuery);
  return (
    <>
      <h1>{texts.genome.heading}</h1>
      {status.isPending && <Loading />}
      {status.data === undefined && status.isError && (
        <Failed error={status.error} onAgain={() => void status.refetch()} />
      )}
      {status.data !== undefined && <Numbers status={status.data} />}
      {families.data === undefined && families.isError && (
        <Failed error={families.error} onAgain={() => void families.refetch()} />
      )}
      {families.data !== undefined && families.data.items.length > 0 && <Families all={families.data.items} />}
      <ApiSource paths={['/api/v1/genome', '/api/v1/families']} />
    </>
  );
}
