import { Button, Checkbox, NativeSelect, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { client } from '../api/client.ts';
import { texts } from '../texts.ts';
import { Choice } from '../ui/choice.tsx';
import { Failed } from '../ui/states.tsx';
import { useTitle } from '../ui/title.ts';
import css from './hunts.module.css';
import { type Draft, RHYTHMS, requestOf, WHENS } from './new-hunt.ts';

const EMPTY: Draft = {
  name: '',
  owner: '',
  targets: '',
  anyone: false,
  when: 'open',
  closes: '',
  rhythm: 'weekly',
  hour: '20',
  cron: '0 20 * * FRI',
  timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  hours: '24',
  any: false,
  cpu: '',
};
/** A list of a million machines is some 30 MB; more is no list. */
const MOST_BYTES = 64 * 2 ** 20;

interface PartProps {
  readonly draft: Draft;
  readonly set: (part: Partial<Draft>) => void;
}

function Targets({ draft, set }: PartProps) {
  return (
    <>
      <Textarea
        label={texts.hunts.targets}
        description={texts.hunts.targetsHelp}
        rows={8}
        value={draft.targets}
        onChange={(event) => set({ targets: event.currentTarget.value })}
      />
      <label className={css.file}>
        {texts.hunts.fromFile}{' '}
        <input
          type="file"
          accept=".txt,.csv,text/plain"
          onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            if (file !== undefined && file.size <= MOST_BYTES) void file.text().then((targets) => set({ targets }));
          }}
        />
      </label>
      <Checkbox
        label={texts.hunts.anyone}
        checked={draft.anyone}
        onChange={(event) => set({ anyone: event.currentTarget.checked })}
      />
    </>
  );
}

function Schedule({ draft, set }: PartProps) {
  return (
    <div className={css.fields}>
      <NativeSelect
        label={texts.hunts.rhythm}
        data={RHYTHMS.map((value) => ({ value, label: texts.hunts.rhythms[value] }))}
        value={draft.rhythm}
        onChange={(event) => {
          const rhythm = RHYTHMS.find((one) => one === event.currentTarget.value);
          if (rhythm !== undefined) set({ rhythm });
        }}
      />
      {draft.rhythm === 'own' ? (
        <TextInput
          label={texts.hunts.cron}
          value={draft.cron}
          onChange={(event) => set({ cron: event.currentTarget.value })}
        />
      ) : (
        <TextInput
          label={texts.hunts.hour}
          type="number"
          min={0}
          max={23}
          value={draft.hour}
          onChange={(event) => set({ hour: event.currentTarget.value })}
        />
      )}
      <TextInput
        label={texts.hunts.timeZone}
        value={draft.timeZone}
        onChange={(event) => set({ timeZone: event.currentTarget.value })}
      />
      <TextInput
        label={texts.hunts.hours}
        type="number"
        min={1}
        value={draft.hours}
        onChange={(event) => set({ hours: event.currentTarget.value })}
      />
    </div>
  );
}

function Timing({ draft, set }: PartProps) {
  return (
    <>
      <Choice
        label={texts.hunts.when}
        value={draft.when}
        options={WHENS.map((value) => ({ value, label: texts.hunts.whens[value] }))}
        onChoose={(when) => set({ when })}
      />
      {draft.when === 'window' && (
        <TextInput
          label={texts.hunts.closes}
          type="datetime-local"
          required
          value={draft.closes}
          onChange={(event) => set({ closes: event.currentTarget.value })}
        />
      )}
      {draft.when === 'schedule' && <Schedule draft={draft} set={set} />}
    </>
  );
}

/** Whose scans are expected, and when. The kit for the roll-out is on the hunt's own page. */
export function NewHuntPage() {
  useTitle(texts.hunts.create);
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const [draft, setDraft] = useState(EMPTY);
  const set = (part: Partial<Draft>): void => setDraft((before) => ({ ...before, ...part }));
  const create = useMutation({
    mutationFn: () => client.call('createHunt', { body: requestOf(draft) }),
    onSuccess: async ({ id }) => {
      await queryClient.invalidateQueries({ queryKey: ['hunts'] });
      await navigate({ to: '/hunts/$id', params: { id } });
    },
  });
  const incomplete = draft.name.trim() === '' || (draft.when === 'window' && draft.closes === '');
  return (
    <>
      <h1>{texts.hunts.create}</h1>
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        <TextInput
          label={texts.hunts.name}
          required
          maxLength={200}
          value={draft.name}
          onChange={(event) => set({ name: event.currentTarget.value })}
        />
        <TextInput
          label={texts.hunts.owner}
          maxLength={200}
          value={draft.owner}
          onChange={(event) => set({ owner: event.currentTarget.value })}
        />
        <Targets draft={draft} set={set} />
        <Timing draft={draft} set={set} />
        <Checkbox
          label={texts.hunts.any}
          checked={draft.any}
          onChange={(event) => set({ any: event.currentTarget.checked })}
        />
        <TextInput
          label={texts.hunts.cpu}
          type="number"
          min={1}
          max={100}
          placeholder="25"
          value={draft.cpu}
          onChange={(event) => set({ cpu: event.currentTarget.value })}
        />
        {create.isError && <Failed error={create.error} />}
        <div>
          <Button type="submit" disabled={incomplete} loading={create.isPending}>
            {texts.hunts.submit}
          </Button>
        </div>
      </form>
    </>
  );
}
