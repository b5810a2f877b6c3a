import type { Answer } from '@genehound/contract';
import { useQuery } from '@tanstack/react-query';
import { texts } from '../texts.ts';
import { HostileText } from '../ui/hostile-text.tsx';
import { Failed, Loading } from '../ui/states.tsx';
import { type Pair, type Stretch, stretches } from './align.ts';
import css from './artifact.module.css';
import { type ArtifactKey, functionCode } from './artifact-queries.ts';

type Code = Answer<'getFunctionCode'>;
type Line = Code['lines'][number];
type Match = Code['matches'][number];
type There = Match['lines'][number];

const MARKS = { same: '=', differs: '≠', alone: '' } as const;

function Side({ line }: { readonly line: Pick<Line, 'rva' | 'text'> | null }) {
  return (
    <>
      <td className={css.rva}>{line?.rva}</td>
      <td>{line !== null && <HostileText text={line.text} limit={200} form="line" />}</td>
    </>
  );
}

interface BlockProps {
  readonly code: Code;
  readonly stretch: Stretch<Line, There>;
  readonly beside: boolean;
}

/** Whose a block is, over its instructions: its gene, the families that have it, where it stands there. */
function Head({ code, stretch, beside }: BlockProps) {
  const block = stretch.block === null ? undefined : code.function.blocks[stretch.block];
  if (block === undefined) return null;
  const match = code.matches.find((one) => one.block === stretch.block);
  const words = texts.artifact;
  return (
    <tr className={css.block}>
      <th scope="rowgroup" colSpan={beside ? 5 : 2}>
        {words.gene} <code>{block.gene}</code>
        {': '}
        {block.common ? words.common : block.families.length === 0 ? words.nobody : ''}
        {!block.common && <HostileText text={block.families.slice(0, 8).join(', ')} limit={200} form="line" />}
        {match !== undefined && (
          <>
            {' · '}
            {words.forms[match.form]}: <HostileText text={match.source} limit={100} form="line" />
          </>
        )}
      </th>
    </tr>
  );
}

function Row({ pair, beside }: { readonly pair: Pair<Line, There>; readonly beside: boolean }) {
  return (
    <tr className={css[pair.how]}>
      <Side line={pair.here} />
      {beside && (
        <>
          <td className={css.mark}>
            <span aria-hidden="true">{MARKS[pair.how]}</span>
            {pair.how !== 'alone' && <span className={css.hidden}>{texts.artifact.marks[pair.how]}</span>}
          </td>
          <Side line={pair.there} />
        </>
      )}
    </tr>
  );
}

/** The first sample that has lines of the block; others of the same family have the same gene. */
function counterpartOf(matches: readonly Match[]): (block: number) => readonly There[] {
  return (block) => matches.find((match) => match.block === block && match.lines.length > 0)?.lines ?? [];
}

interface ListingProps {
  readonly code: Code;
  /** The family whose code stands beside. */
  readonly family: string | undefined;
}

function Listing({ code, family }: ListingProps) {
  const words = texts.artifact;
  const beside = family !== undefined && code.matches.some(({ lines }) => lines.length > 0);
  const label = beside ? words.side(family) : words.here;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={css.listing} aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">{words.address}</th>
            <th scope="col">{words.here}</th>
            {beside && (
              <>
                <td />
                <th scope="col">{words.address}</th>
                <th scope="col">
                  <HostileText text={words.there(family)} limit={100} form="line" />
                </th>
              </>
            )}
          </tr>
        </thead>
        {stretches(code.lines, counterpartOf(code.matches)).map((stretch, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: stretches of one function keep their order
          <tbody key={at}>
            <Head code={code} stretch={stretch} beside={beside} />
            {stretch.pairs.map((pair) => (
              <Row key={`${pair.here?.rva} ${pair.there?.rva}`} pair={pair} beside={beside} />
            ))}
          </tbody>
        ))}
      </table>
    </section>
  );
}

function Problems({ code, family }: ListingProps) {
  const there = [...new Set(code.matches.flatMap(({ problem }) => problem ?? []))];
  return (
    <>
      {family !== undefined && code.matches.length === 0 && <p>{texts.artifact.nothingBeside}</p>}
      {code.problems.map((problem) => (
        <p key={problem}>
          <HostileText text={problem} limit={300} />
        </p>
      ))}
      {there.map((problem) => (
        <p key={problem}>
          {texts.artifact.notShown} <HostileText text={problem} limit={300} />
        </p>
      ))}
    </>
  );
}

interface Props {
  readonly of: ArtifactKey;
  readonly number: number;
  readonly family: string | undefined;
}

/** One function's instructions, and beside them, line by line, those that a family has of it. */
export function FunctionCode({ of, number, family }: Props) {
  const query = useQuery(functionCode(of, number, family));
  if (query.isError) return <Failed error={query.error} onAgain={() => void query.refetch()} />;
  if (query.data === undefined) return <Loading />;
  return (
    <div className={css.code}>
      <Problems code={query.data} family={family} />
      <Listing code={query.data} family={family} />
    </div>
  );
}
