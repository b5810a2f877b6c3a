import { hunts as contract } from '@genehound/contract';
import { Button, Checkbox, NativeSelect, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { client } from '../api/client.ts';
import { texts } from '../texts.ts';
import { Failed } from '../ui/states.tsx';
import css from './hunts.module.css';

type Tool = (typeof contract.KIT_TOOLS)[number];

async function fetchKit(id: string, tool: Tool, url: string, download: boolean): Promise<string> {
  const bytes = await client.call('createKit', {
    params: { id },
    body: { tool, url, scanner: download ? 'download' : 'inside' },
  });
  const pieces: BlobPart[] = [];
  for await (const piece of bytes) pieces.push(new Uint8Array(piece));
  const link = document.createElement('a');
  link.download = `genehound-kit-${tool}.zip`;
  link.href = URL.createObjectURL(new Blob(pieces, { type: 'application/zip' }));
  link.click();
  URL.revokeObjectURL(link.href);
  return link.download;
}

/** Roll-out files for a hunt; each download makes a key of its own. */
export function KitForm({ id }: { readonly id: string }) {
  const [tool, setTool] = useState<Tool>('scripts');
  const [url, setUrl] = useState(location.origin);
  const [download, setDownload] = useState(false);
  const make = useMutation({ mutationFn: () => fetchKit(id, tool, url.trim(), download) });
  return (
    <form
      className={css.form}
      aria-label={texts.hunts.kit}
      onSubmit={(event) => {
        event.preventDefault();
        make.mutate();
      }}
    >
      <h2>{texts.hunts.kit}</h2>
      <p>{texts.hunts.kitIntro}</p>
      <NativeSelect
        label={texts.hunts.tool}
        data={contract.KIT_TOOLS.map((value) => ({ value, label: texts.hunts.tools[value] }))}
        value={tool}
        onChange={(event) => {
          const chosen = contract.KIT_TOOLS.find((one) => one === event.currentTarget.value);
          if (chosen !== undefined) setTool(chosen);
        }}
      />
      <TextInput
        label={texts.hunts.address}
        type="url"
        required
        value={url}
        onChange={(event) => setUrl(event.currentTarget.value)}
      />
      <Checkbox
        label={texts.hunts.download}
        checked={download}
        onChange={(event) => setDownload(event.currentTarget.checked)}
      />
      {make.isError && <Failed error={make.error} />}
      {make.isSuccess && <p role="status">{texts.hunts.made(make.data)}</p>}
      <div>
        <Button type="submit" loading={make.isPending}>
          {texts.hunts.make}
        </Button>
      </div>
    </form>
  );
}
