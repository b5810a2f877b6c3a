import type { ReactNode } from 'react';
import { texts } from '../texts.ts';
import css from './sign.module.css';

/** Every state that has a sign of its own: a word, a colour and a shape, never the colour alone. */
export type SignName = keyof typeof texts.verdicts;

/** The public word `malicious` of a scan is our `infected`; `no_threats` needs no change. */
export function scanSign(verdict: 'malicious' | 'suspicious' | 'no_threats' | 'incomplete'): SignName {
  return verdict === 'malicious' ? 'infected' : verdict;
}

const SHAPES: Readonly<Record<SignName, { readonly tone: string | undefined; readonly shape: ReactNode }>> = {
  malicious: { tone: css.red, shape: <Octagon /> },
  infected: { tone: css.red, shape: <Octagon /> },
  failed: { tone: css.red, shape: <Cross /> },
  suspicious: { tone: css.orange, shape: <path d="M8 1.800 15 14.200H1Z" fill="currentColor" /> },
  unknown: {
    tone: css.violet,
    shape: <circle cx="8" cy="8" r="5.500" fill="none" stroke="currentColor" strokeWidth="2.500" />,
  },
  trusted: { tone: css.green, shape: <Check /> },
  no_threats: { tone: css.green, shape: <Check /> },
  incomplete: { tone: css.grey, shape: <Dashed /> },
  not_read: { tone: css.grey, shape: <Dashed /> },
  running: {
    tone: css.blue,
    shape: <path d="M4 8h.01M8 8h.01M12 8h.01" stroke="currentColor" strokeWidth="3" strokeLinecap="round" />,
  },
};

function Octagon() {
  return <path d="M5.100 1h5.800L15 5.100v5.800L10.900 15H5.100L1 10.900V5.100Z" fill="currentColor" />;
}

function Check() {
  return (
    <path
      d="m2.500 8.500 3.800 3.800 7.200-8.100"
      fill="none"
      stroke="currentColor"
      strokeWidth="2.500"
      strokeLinecap="round"
    />
  );
}

function Cross() {
  return <path d="m3 3 10 10M13 3 3 13" stroke="currentColor" strokeWidth="2.500" strokeLinecap="round" />;
}

function Dashed() {
  return (
    <g fill="none" stroke="currentColor">
      <circle cx="8" cy="8" r="6.200" strokeWidth="1.800" strokeDasharray="3.200 1.670" />
      <path d="M4.500 9.500 9.500 4.500M6.500 11.500l5-5" strokeWidth="1.200" />
    </g>
  );
}

interface ShapeProps {
  readonly sign: SignName;
}

/** The shape alone, for where the word stands beside it. */
export function SignShape({ sign }: ShapeProps) {
  const { tone, shape } = SHAPES[sign];
  return (
    <svg className={`${css.shape} ${tone}`} viewBox="0 0 16 16" aria-hidden="true">
      {shape}
    </svg>
  );
}

interface SignProps extends ShapeProps {
  /** The word, where another than the sign's own is better. */
  readonly children?: ReactNode;
  readonly size?: 'normal' | 'large';
}

export function Sign({ sign, children, size = 'normal' }: SignProps) {
  return (
    <span className={`${css.sign} ${SHAPES[sign].tone} ${size === 'large' ? css.large : ''}`} data-sign={sign}>
      <SignShape sign={sign} />
      <span>{children ?? texts.verdicts[sign]}</span>
    </span>
  );
}
