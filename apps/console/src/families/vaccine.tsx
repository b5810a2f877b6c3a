import type { Answer, CallInput } from '@genehound/contract';
import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { client } from '../api/client.ts';
import { useMay } from '../api/use-may.ts';
import { texts } from '../texts.ts';
import { HostileText } from '../ui/hostile-text.tsx';
import page from '../ui/page.module.css';
import { saveFile } from '../ui/save-file.ts';
import { Failed } from '../ui/states.tsx';
import { WrittenText } from '../ui/written-text.tsx';
import css from './vaccine.module.css';

const words = texts.families.vaccine;

type Rule = Answer<'makeVaccine'>;

function Made({ rule }: { readonly rule: Rule }) {
  return (
    <>
      <p role="status">{words.made(rule.sources.length)}</p>
      {rule.problems.map((problem) => (
        <p key={problem}>
          <HostileText text={problem} limit={400} />
        </p>
      ))}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className={css.rule} aria-label={words.rule} tabIndex={0}>
        <WrittenText text={rule.text} />
      </section>
      <Button
        size="xs"
        variant="default"
        onClick={() => saveFile(`${rule.name}.yar`, new Blob([rule.text], { type: 'text/plain;charset=utf-8' }))}
      >
        {words.save}
      </Button>
    </>
  );
}

/** A rule for other programs, made of code that nobody else has; asked for by hand, since it takes the server a while. */
export function Vaccine({ of }: { readonly of: CallInput<'makeVaccine'>['body'] }) {
  const may = useMay('makeVaccine');
  const making = useMutation({ mutationFn: () => client.call('makeVaccine', { body: of }) });
  if (!may) return null;
  return (
    <section className={page.section} aria-labelledby="vaccine-heading">
      <h2 id="vaccine-heading">{words.heading}</h2>
      <p>{words.note}</p>
      {making.data === undefined ? (
        <Button size="xs" variant="default" loading={making.isPending} onClick={() => making.mutate()}>
          {words.make}
        </Button>
      ) : (
        <Made rule={making.data} />
      )}
      {making.isError && <Failed error={making.error} />}
    </section>
  );
}
