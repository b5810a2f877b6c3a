import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { csvOf } from '../format/csv.ts';
import { texts } from '../texts.ts';
import { saveFile } from './save-file.ts';
import css from './save-list.module.css';
import { Failed } from './states.tsx';

type Row = Readonly<Record<string, unknown>>;

interface Props {
  /** Of the file, without its ending. */
  readonly name: string;
  /** The whole list, page by page, as the API gives it. */
  readonly pages: () => AsyncIterable<readonly Row[]>;
}

/** A list of the console as a file: all of it, not only what is shown. */
export function SaveList({ name, pages }: Props) {
  const [fetched, setFetched] = useState(0);
  const saving = useMutation({
    mutationFn: async (form: 'csv' | 'jsonl') => {
      const rows: Row[] = [];
      for await (const page of pages()) {
        rows.push(...page);
        setFetched(rows.length);
      }
      if (form === 'csv') saveFile(`${name}.csv`, new Blob([csvOf(rows)], { type: 'text/csv;charset=utf-8' }));
      else {
        const lines = rows.map((row) => `${JSON.stringify(row)}\n`);
        saveFile(`${name}.jsonl`, new Blob(lines, { type: 'application/jsonl' }));
      }
      return rows.length;
    },
  });
  return (
    <div className={css.save}>
      <Button variant="default" size="xs" loading={saving.isPending} onClick={() => saving.mutate('csv')}>
        {texts.fleet.saving.csv}
      </Button>
      <Button variant="default" size="xs" disabled={saving.isPending} onClick={() => saving.mutate('jsonl')}>
        {texts.fleet.saving.lines}
      </Button>
      <span role="status">
        {saving.isPending && texts.fleet.saving.running(fetched)}
        {saving.isSuccess && texts.fleet.saving.done(saving.data)}
      </span>
      {saving.isError && <Failed error={saving.error} />}
    </div>
  );
}

/** A list that is whole already. */
export function onePage(rows: readonly Row[]): () => AsyncIterable<readonly Row[]> {
  return async function* () {
    yield rows;
  };
}

interface Page {
  readonly items: readonly Row[];
  readonly nextCursor: string | null;
}

/** Page after page by the server's cursor. */
export function byCursor(
  fetchPage: (cursor: string | undefined) => Promise<Page>,
): () => AsyncIterable<readonly Row[]> {
  return async function* () {
    let cursor: string | undefined;
    do {
      const page: Page = await fetchPage(cursor);
      yield page.items;
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
  };
}
