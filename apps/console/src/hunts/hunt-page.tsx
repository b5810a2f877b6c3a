import { type Answer, hunts as contract } from '@genehound/contract';
import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { client } from '../api/client.ts';
import { useMay } from '../api/use-may.ts';
import { count } from '../format/quantity.ts';
import { ApiSource } from '../frame/frame.tsx';
import { Sign, scanSign } from '../signs/sign.tsx';
import { texts } from '../texts.ts';
import { Choice } from '../ui/choice.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import { Empty, Failed, Loading, Stale } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { useTitle } from '../ui/title.ts';
import { CoverageBar } from './coverage-bar.tsx';
import { coverage as coverageQuery, hunt as huntQuery, rounds as roundsQuery, targets } from './hunt-queries.ts';
import css from './hunts.module.css';
import { type Hunt, RoundState } from './hunts-page.tsx';
import { KitForm } from './kit-form.tsx';

const route = getRouteApi('/frame/hunts/$id');

type Row = Answer<'listTargets'>['items'][number];

/** An empty cell; a word in most cells of a long list would hide the others. */
const NOTHING = '–';

const COLUMNS: readonly Column<Row>[] = [
  {
    head: texts.hunts.target,
    cell: ({ name, scanId }) =>
      scanId === null ? (
        <HostileText text={name} limit={80} form="line" />
      ) : (
        <Link to="/scans/$id" params={{ id: scanId }}>
          <HostileText text={name} limit={80} form="line" />
        </Link>
      ),
  },
  { head: texts.hunts.state, cell: ({ state }) => texts.hunts.states[state] },
  {
    head: texts.hunts.verdict,
    cell: ({ verdict }) => (verdict === null ? NOTHING : <Sign sign={scanSign(verdict)} />),
  },
  { head: texts.hunts.reportedAt, cell: ({ at }) => (at === null ? NOTHING : <Time value={at} />) },
  {
    head: texts.hunts.group,
    cell: ({ group }) => (group === null ? NOTHING : <HostileText text={group} limit={60} form="line" />),
  },
  {
    head: texts.hunts.why,
    cell: ({ reasons }) => (reasons.length === 0 ? NOTHING : <HostileText text={reasons.join('; ')} limit={300} />),
  },
];

function Actions({ hunt }: { readonly hunt: Hunt }) {
  const queryClient = useQueryClient();
  const [asked, setAsked] = useState(false);
  const refresh = async (): Promise<void> => {
    setAsked(false);
    await queryClient.invalidateQueries({ queryKey: ['hunt', hunt.id] });
  };
  const params = { id: hunt.id };
  const begin = useMutation({ mutationFn: () => client.call('openRound', { params, body: {} }), onSuccess: refresh });
  const close = useMutation({ mutationFn: () => client.call('closeHunt', { params }), onSuccess: refresh });
  const failure = begin.error ?? close.error;
  return (
    <div className={css.actions}>
      <Button variant="default" size="xs" loading={begin.isPending} onClick={() => begin.mutate()}>
        {texts.hunts.newRound}
      </Button>
      {asked ? (
        <div className={css.actions}>
          <span>{texts.hunts.closeSure}</span>
          <Button size="xs" loading={close.isPending} onClick={() => close.mutate()}>
            {texts.hunts.closeYes}
          </Button>
          <Button variant="default" size="xs" onClick={() => setAsked(false)}>
            {texts.hunts.closeNo}
          </Button>
        </div>
      ) : (
        <Button variant="default" size="xs" onClick={() => setAsked(true)}>
          {texts.hunts.close}
        </Button>
      )}
      {failure !== null && <Failed error={failure} />}
    </div>
  );
}

function RoundChoice({ id }: { readonly id: string }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { data } = useQuery(roundsQuery(id));
  const items = data?.items ?? [];
  if (items.length < 2) return null;
  return (
    <NativeSelect
      label={texts.hunts.round}
      size="xs"
      data={items.map(({ number, state }) => ({
        value: String(number),
        label: texts.hunts.roundOf(number, texts.hunts.rounds[state]),
      }))}
      value={search.round ?? String(items[0]?.number)}
      onChange={(event) => void navigate({ search: { ...search, round: event.currentTarget.value }, replace: true })}
    />
  );
}

function Filters({ id, counts }: { readonly id: string; readonly counts: Answer<'getCoverage'>['counts'] }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const all = Object.values(counts).reduce((sum, one) => sum + one, 0);
  const shown = contract.TARGET_STATES.filter((state) => counts[state] > 0 || search.state === state);
  return (
    <div className={css.filters}>
      <Choice
        label={texts.hunts.show}
        value={search.state ?? 'all'}
        options={[
          { value: 'all' as const, label: texts.hunts.all, count: count(all) },
          ...shown.map((value) => ({ value, label: texts.hunts.states[value], count: count(counts[value]) })),
        ]}
        onChoose={(state) =>
          void navigate({ search: { ...search, state: state === 'all' ? undefined : state }, replace: true })
        }
      />
      <RoundChoice id={id} />
      <TextInput
        label={texts.hunts.filter}
        type="search"
        size="xs"
        value={search.q ?? ''}
        onChange={(event) => {
          const q = event.currentTarget.value;
          void navigate({ search: { ...search, q: q === '' ? undefined : q }, replace: true });
        }}
      />
    </div>
  );
}

function Coverage({ id }: { readonly id: string }) {
  const search = route.useSearch();
  const query = useQuery(coverageQuery(id, search));
  const list = useInfiniteQuery(targets(id, search));
  const rows = (list.data?.pages ?? []).flatMap((page) => page.items);
  if (query.data === undefined)
    return query.isError ? <Failed error={query.error} onAgain={() => void query.refetch()} /> : <Loading />;
  return (
    <section aria-label={texts.hunts.coverage} className={css.section}>
      <h2>{texts.hunts.coverage}</h2>
      {(query.isError || list.isError) && <Stale />}
      <CoverageBar coverage={query.data} />
      <Filters id={id} counts={query.data.counts} />
      {rows.length > 0 && (
        <DataTable
          label={texts.hunts.targets}
          columns={COLUMNS}
          rows={rows}
          rowKey={({ name, scanId }) => `${name} ${scanId}`}
        />
      )}
      {list.data !== undefined && rows.length === 0 && <Empty>{texts.hunts.nobody}</Empty>}
      {list.hasNextPage && (
        <Button variant="default" mt="md" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {texts.hunts.more}
        </Button>
      )}
    </section>
  );
}

/** One hunt: who has come, what the roll-out needs, and its end. */
export function HuntPage() {
  const { id } = route.useParams();
  const query = useQuery(huntQuery(id));
  const mayChange = useMay('openRound');
  const hunt = query.data;
  useTitle(hunt?.name ?? texts.hunts.heading);
  if (hunt === undefined)
    return query.isError ? <Failed error={query.error} onAgain={() => void query.refetch()} /> : <Loading />;
  const may = mayChange && hunt.closedAt === null;
  return (
    <>
      <h1>
        <HostileText text={hunt.name} limit={120} form="line" />
      </h1>
      <p className={css.facts}>
        <span>
          {texts.hunts.round}: <RoundState hunt={hunt} />
        </span>
        {hunt.owner !== '' && (
          <span>
            {texts.hunts.owner}: <HostileText text={hunt.owner} limit={80} form="line" />
          </span>
        )}
        {hunt.schedule !== null && (
          <span>
            <code>{hunt.schedule.cron}</code> {hunt.schedule.timeZone}
          </span>
        )}
      </p>
      {may && <Actions hunt={hunt} />}
      {hunt.round === null ? <Empty>{texts.hunts.none}</Empty> : <Coverage id={id} />}
      {may && <KitForm id={id} />}
      <ApiSource paths={[`/api/v1/hunts/${id}`, `/api/v1/hunts/${id}/coverage`, `/api/v1/hunts/${id}/targets`]} />
    </>
  );
}
