import type { Answer } from '@genehound/contract';
import { useQuery } from '@tanstack/react-query';
import { texts } from '../texts.ts';
import { HostileText } from '../ui/hostile-text.tsx';
import { Failed, Loading } from '../ui/states.tsx';
import css from './artifact.module.css';
import { type ArtifactKey, functionCode } from './artifact-queries.ts';

type Code = Answer<'getFunctionCode'>;
type Line = Code['lines'][number];

interface ListingProps {
  readonly label: string;
  readonly lines: readonly Pick<Line, 'rva' | 'text'>[];
  /** Of each line: whether it is of a block that both sides have. */
  readonly same: (at: number) => boolean;
}

/** Instructions as a table of two columns; those of a block that both sides have are marked by more than a colour. */
function Listing({ label, lines, same }: ListingProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={css.listing} aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">{texts.artifact.address}</th>
            <th scope="col">{texts.artifact.text}</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line, at) => (
            <tr key={line.rva} className={same(at) ? css.same : ''}>
              <td>{line.rva}</td>
              <td>
                <HostileText text={line.text} limit={200} form="line" />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Beside({ code, family }: { readonly code: Code; readonly family: string }) {
  const { matches } = code;
  if (matches.length === 0) return <p>{texts.artifact.nothingBeside}</p>;
  const lines = matches.flatMap((match) => match.lines);
  const problems = [...new Set(matches.flatMap(({ problem }) => problem ?? []))];
  return (
    <div>
      {lines.length > 0 && <Listing label={texts.artifact.there(family)} lines={lines} same={() => true} />}
      {problems.map((problem) => (
        <p key={problem}>
          {texts.artifact.notShown} <HostileText text={problem} limit={300} />
        </p>
      ))}
    </div>
  );
}

interface Props {
  readonly of: ArtifactKey;
  readonly number: number;
  readonly family: string | undefined;
}

/** One function's instructions, and beside them those that a family has of it. */
export function FunctionCode({ of, number, family }: Props) {
  const query = useQuery(functionCode(of, number, family));
  if (query.isError) return <Failed error={query.error} onAgain={() => void query.refetch()} />;
  const code = query.data;
  if (code === undefined) return <Loading />;
  const matched = new Set(code.matches.map(({ block }) => block));
  const isSame = (at: number): boolean => matched.has(code.lines[at]?.block ?? -1);
  return (
    <div className={css.sides}>
      <div>
        <Listing label={texts.artifact.here} lines={code.lines} same={isSame} />
        {code.problems.map((problem) => (
          <p key={problem}>
            <HostileText text={problem} limit={300} />
          </p>
        ))}
      </div>
      {family !== undefined && <Beside code={code} family={family} />}
    </div>
  );
}
