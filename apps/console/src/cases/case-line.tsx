import type { Answer, CaseState, Layout } from '@genehound/contract';
import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { me } from '../api/queries.ts';
import { useMay } from '../api/use-may.ts';
import { texts } from '../texts.ts';
import { HostileText } from '../ui/hostile-text.tsx';
import { Failed } from '../ui/states.tsx';
import { casesOf, changeCase } from './case-queries.ts';
import css from './cases.module.css';

type Case = Answer<'listCases'>['items'][number];
type Subject = { readonly sha256: string; readonly layout: Layout } | null;

export function State({ of }: { readonly of: CaseState }) {
  return <span className={`${css.state} ${css[of]}`}>{texts.cases.states[of]}</span>;
}

const isAbout = (one: Case, subject: Subject): boolean =>
  subject === null
    ? one.artifact === null
    : one.artifact?.sha256 === subject.sha256 && one.artifact.layout === subject.layout;

function Known({ one }: { readonly one: Case }) {
  return (
    <span>
      <Link to="/cases/$id" params={{ id: one.id }}>
        {texts.cases.there}
      </Link>
      : <State of={one.state} />{' '}
      {one.assignee === null ? texts.cases.nobody : <HostileText text={one.assignee} limit={60} form="line" />}
    </span>
  );
}

interface Props {
  readonly endpointId: string;
  /** What it is about: one piece of code, or the endpoint as a whole. */
  readonly subject: Subject;
}

/** The case of an endpoint or of one artifact on it, or a button that opens one, taken on by who presses it. */
export function CaseLine({ endpointId, subject }: Props) {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const may = useMay('changeCase');
  const { data: reader } = useQuery(me);
  const query = useQuery(casesOf(endpointId));
  const open = useMutation({
    mutationFn: async () => {
      // Who was quicker keeps it.
      const { items } = await queryClient.fetchQuery({ ...casesOf(endpointId), staleTime: 0 });
      const there = items.find((one) => isAbout(one, subject));
      if (there !== undefined) return there;
      return changeCase(queryClient, {
        endpointId,
        ...(subject === null ? {} : { artifact: { sha256: subject.sha256, layout: subject.layout } }),
        state: 'investigating',
        ...(reader === undefined ? {} : { assignee: reader.name }),
      });
    },
    onSuccess: ({ id }) => navigate({ to: '/cases/$id', params: { id } }),
  });
  if (query.data === undefined) return null;
  const known = query.data.items.find((one) => isAbout(one, subject));
  if (known === undefined && !may) return null;
  return (
    <div className={css.line}>
      {known === undefined ? (
        <Button size="xs" variant="default" loading={open.isPending} onClick={() => open.mutate()}>
          {subject === null ? texts.cases.open : texts.cases.openArtifact}
        </Button>
      ) : (
        <Known one={known} />
      )}
      {open.isError && <Failed error={open.error} />}
    </div>
  );
}
