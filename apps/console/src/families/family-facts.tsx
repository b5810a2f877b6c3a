import type { Answer, CallInput } from '@genehound/contract';
import { Button, Textarea } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { client } from '../api/client.ts';
import { useMay } from '../api/use-may.ts';
import { texts } from '../texts.ts';
import form from '../ui/form.module.css';
import { HostileText } from '../ui/hostile-text.tsx';
import page from '../ui/page.module.css';
import { Failed, Loading } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { WrittenText } from '../ui/written-text.tsx';
import { linkLines, readLinks } from './link-lines.ts';

const words = texts.families.facts;

type Facts = Answer<'getFamilyFacts'>;

const keyOf = (id: string) => ['families', id, 'facts'] as const;

function Shown({ facts }: { readonly facts: Facts }) {
  const { aliases, links, notes, updatedBy, updatedAt } = facts;
  if (updatedAt === null) return <p>{words.none}</p>;
  return (
    <>
      {aliases.length > 0 && (
        <p>
          {words.aliases}: <HostileText text={aliases.join(', ')} limit={500} />
        </p>
      )}
      {notes !== '' && <WrittenText text={notes} />}
      {links.length > 0 && (
        <ul>
          {links.map(({ title, url }) => (
            <li key={`${title} ${url}`}>
              <a href={url} target="_blank" rel="noreferrer">
                <HostileText text={title} limit={100} form="line" />
              </a>
            </li>
          ))}
        </ul>
      )}
      <p>
        {words.by} <HostileText text={updatedBy ?? ''} limit={60} form="line" />, <Time value={updatedAt} />
      </p>
    </>
  );
}

interface EditProps {
  readonly id: string;
  readonly facts: Facts;
  readonly onDone: () => void;
}

function linesOf(text: string): string[] {
  return text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
}

type Change = CallInput<'changeFamilyFacts'>['body'];

function Edit({ id, facts, onDone }: EditProps) {
  const queryClient = useQueryClient();
  const [aliases, setAliases] = useState(facts.aliases.join('\n'));
  const [links, setLinks] = useState(linkLines(facts.links));
  const [notes, setNotes] = useState(facts.notes);
  const saving = useMutation({
    mutationFn: (body: Change) => client.call('changeFamilyFacts', { params: { id }, body }),
    onSuccess: (answer) => {
      queryClient.setQueryData(keyOf(id), answer);
      onDone();
    },
  });
  const read = readLinks(links);
  return (
    <form
      className={form.form}
      aria-label={words.edit}
      onSubmit={(event) => {
        event.preventDefault();
        if (read !== undefined) saving.mutate({ aliases: linesOf(aliases), links: [...read], notes });
      }}
    >
      <Textarea
        label={words.aliases}
        description={words.aliasesHelp}
        autosize
        value={aliases}
        onChange={(event) => setAliases(event.currentTarget.value)}
      />
      <Textarea
        label={words.links}
        description={words.linksHelp}
        error={read === undefined ? words.noLink : undefined}
        autosize
        value={links}
        onChange={(event) => setLinks(event.currentTarget.value)}
      />
      <Textarea
        label={words.notes}
        autosize
        minRows={4}
        maxLength={20_000}
        value={notes}
        onChange={(event) => setNotes(event.currentTarget.value)}
      />
      {saving.isError && <Failed error={saving.error} />}
      <div className={form.buttons}>
        <Button type="submit" loading={saving.isPending} disabled={read === undefined}>
          {words.save}
        </Button>
        <Button variant="default" onClick={onDone}>
          {words.cancel}
        </Button>
      </div>
    </form>
  );
}

/** What the organisation's people wrote down about a family; others do not see it. */
export function FamilyFacts({ id }: { readonly id: string }) {
  const [editing, setEditing] = useState(false);
  const may = useMay('changeFamilyFacts');
  const query = useQuery({
    queryKey: keyOf(id),
    queryFn: () => client.call('getFamilyFacts', { params: { id } }),
  });
  return (
    <section className={page.section} aria-labelledby="facts-heading">
      <h2 id="facts-heading">{words.heading}</h2>
      {query.isPending && <Loading />}
      {query.isError && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {query.data !== undefined && !editing && (
        <>
          <Shown facts={query.data} />
          {may && (
            <Button size="xs" variant="default" onClick={() => setEditing(true)}>
              {words.edit}
            </Button>
          )}
        </>
      )}
      {query.data !== undefined && editing && <Edit id={id} facts={query.data} onDone={() => setEditing(false)} />}
    </section>
  );
}
