import { Button, Checkbox } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { client } from '../api/client.ts';
import { useMay } from '../api/use-may.ts';
import { texts } from '../texts.ts';
import { blobOf, saveFile } from '../ui/save-file.ts';
import { Failed } from '../ui/states.tsx';
import css from './cases.module.css';

/** A scan with its advice and the work on it as a file that others open without the server. */
export function ExportCase({ scanId }: { readonly scanId: string }) {
  const [code, setCode] = useState(true);
  const may = useMay('exportCase');
  const exporting = useMutation({
    mutationFn: async () => {
      const bytes = await client.call('exportCase', { params: { id: scanId }, body: { code } });
      saveFile(`genehound-case-${scanId}.zip`, await blobOf(bytes, 'application/zip'));
    },
  });
  if (!may) return null;
  const words = texts.cases;
  return (
    <section className={css.export} aria-label={words.export}>
      <p>{words.exportNote}</p>
      <div className={css.row}>
        <Checkbox
          size="xs"
          label={words.withCode}
          checked={code}
          onChange={(event) => setCode(event.currentTarget.checked)}
        />
        <Button size="xs" variant="default" loading={exporting.isPending} onClick={() => exporting.mutate()}>
          {words.export}
        </Button>
        <span role="status">{exporting.isSuccess && words.exported}</span>
      </div>
      {exporting.isError && <Failed error={exporting.error} />}
    </section>
  );
}
