import { useEffect } from 'react';
import { texts } from '../texts.ts';

/** Names the browser's tab after the page. */
export function useTitle(page: string): void {
  useEffect(() => {
    document.title = texts.title(page);
  }, [page]);
}
