import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { texts } from '../texts.ts';

const STEP = 100;

interface Props<T> {
  readonly items: readonly T[];
  readonly children: (shown: readonly T[]) => ReactNode;
  readonly first?: number;
}

/** Draws a long list a hundred at a time, so that ten thousand items do not hold up the page. */
export function More<T>({ items, children, first = STEP }: Props<T>) {
  const [shown, setShown] = useState(first);
  const rest = items.length - shown;
  return (
    <>
      {children(items.slice(0, shown))}
      {rest > 0 && (
        <Button variant="default" size="xs" mt="sm" onClick={() => setShown(shown + STEP)}>
          {texts.report.more(Math.min(STEP, rest), rest)}
        </Button>
      )}
    </>
  );
}
