import { count } from '../format/quantity.ts';
import { SignShape } from '../signs/sign.tsx';
import { texts } from '../texts.ts';
import css from './not-trusted.module.css';

const COUNTED = ['malicious', 'suspicious', 'unknown'] as const;

type Counts = Readonly<Record<(typeof COUNTED)[number] | 'trusted', number>>;

interface Props {
  /** null: not judged. */
  readonly of: Counts | null;
  /** With how many there are in all. */
  readonly total?: boolean;
}

/** Counts of what is not trusted, each with its shape. */
export function NotTrusted({ of, total = false }: Props) {
  if (of === null) return <span className={css.dim}>–</span>;
  return (
    <span className={css.counts}>
      {COUNTED.map((verdict) => (
        <span key={verdict} className={of[verdict] === 0 ? css.zero : css.nonzero} title={texts.verdicts[verdict]}>
          <SignShape sign={verdict} />
          <span className={css.hidden}>{texts.verdicts[verdict]}</span> {count(of[verdict])}
        </span>
      ))}
      {total && (
        <span className={css.dim}>
          / {count(of.trusted + of.unknown + of.suspicious + of.malicious)}
          <span className={css.hidden}> {texts.scans.total}</span>
        </span>
      )}
    </span>
  );
}
