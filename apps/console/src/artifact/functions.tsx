import type { Answer, Evidence } from '@genehound/contract';
import { Button, NativeSelect } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { partOf } from '../report/gene-bar.ts';
import { texts } from '../texts.ts';
import { HostileText } from '../ui/hostile-text.tsx';
import { Empty, Failed, Loading } from '../ui/states.tsx';
import css from './artifact.module.css';
import { type ArtifactKey, functions as functionsQuery } from './artifact-queries.ts';
import { FunctionCode } from './function-code.tsx';

const route = getRouteApi('/frame/artifacts/$sha256/$layout');

type Explained = Answer<'listArtifactFunctions'>['items'][number];

const FAMILIES = 3;

function Whose({ one }: { readonly one: Explained }) {
  if (one.shares.length === 0) return <span className={css.dim}>{texts.artifact.nobody}</span>;
  return (
    <>
      {one.shares.slice(0, FAMILIES).map((share) => (
        <span key={share.family} className={css.whose}>
          <span className={`${css.swatch} ${css[partOf(share.type)]}`} aria-hidden="true" />
          <HostileText text={share.family} limit={60} form="line" />{' '}
          <span className={css.dim}>{texts.artifact.blocks(share.blocks, one.blocks.length)}</span>
        </span>
      ))}
    </>
  );
}

interface RowProps {
  readonly of: ArtifactKey;
  readonly one: Explained;
  readonly family: string | undefined;
}

function Row({ of, one, family }: RowProps) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const isOpen = search.function === String(one.number);
  const toggle = (): void => {
    const next = isOpen ? undefined : String(one.number);
    void navigate({ search: { ...search, function: next }, replace: true, resetScroll: false });
  };
  return (
    <li className={css.function}>
      <button type="button" className={css.head} aria-expanded={isOpen} onClick={toggle}>
        <span className={css.mono}>{one.rva}</span>
        <span>
          {one.instructions} {texts.artifact.instructions.toLowerCase()}
        </span>
        <span>
          <Whose one={one} />
        </span>
      </button>
      {isOpen && <FunctionCode of={of} number={one.number} family={family ?? one.shares[0]?.family} />}
    </li>
  );
}

interface Props {
  readonly of: ArtifactKey;
  readonly evidence: Evidence | undefined;
}

/** The functions of an artifact, coloured by family; one of them open, which the address remembers. */
export function Functions({ of, evidence }: Props) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const query = useInfiniteQuery(functionsQuery(of, search.family));
  const pages = query.data?.pages ?? [];
  const items = pages.flatMap((page) => page.items);
  const families = (evidence?.families ?? []).map(({ name }) => name);
  return (
    <section aria-label={texts.artifact.code}>
      <h2>{texts.artifact.code}</h2>
      <p>{texts.artifact.codeNote}</p>
      {families.length > 0 && (
        <NativeSelect
          className={css.choose ?? ''}
          label={texts.shares.family}
          size="xs"
          data={[{ value: '', label: texts.scans.all }, ...families]}
          value={search.family ?? ''}
          onChange={(event) => {
            const family = event.currentTarget.value;
            void navigate({
              search: { family: family === '' ? undefined : family },
              replace: true,
              resetScroll: false,
            });
          }}
        />
      )}
      {query.isPending && <Loading />}
      {query.isError && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      {query.data !== undefined && items.length === 0 && <Empty>{texts.artifact.noFunctions}</Empty>}
      {items.length > 0 && (
        <>
          <p role="status">{texts.artifact.of(items.length, pages[0]?.functions ?? 0)}</p>
          <ul className={css.functions}>
            {items.map((one) => (
              <Row key={one.number} of={of} one={one} family={search.family} />
            ))}
          </ul>
        </>
      )}
      {query.hasNextPage && (
        <Button variant="default" mt="md" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {texts.artifact.more}
        </Button>
      )}
    </section>
  );
}
