import type { LiveEvent } from '@genehound/contract';
import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { followEvents } from './follow-events.ts';

/** Milliseconds between two looks at what changed, however fast a fleet reports. */
const PAUSE = 2_000;

/** What is to be asked for again, by the first part of its key. */
const CONCERNED: Readonly<Record<LiveEvent['kind'], readonly string[]>> = {
  reset: [],
  scan: ['scans', 'scan', 'hunt', 'hunts', 'overview', 'activity', 'endpoints', 'endpoint', 'unknown'],
  threat: ['scans', 'scan', 'overview', 'activity', 'endpoints', 'endpoint', 'cases'],
  case: ['cases'],
  job: ['activity', 'genome', 'families', 'retro-hunts'],
};

/** Asks again for what the server's events concern; answers how to stop. */
function follow(queryClient: QueryClient): () => void {
  const waiting = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = (): void => {
    timer = undefined;
    const all = waiting.has('');
    const keys = new Set(waiting);
    waiting.clear();
    void queryClient.invalidateQueries(
      all ? {} : { predicate: ({ queryKey: [first] }) => typeof first === 'string' && keys.has(first) },
    );
  };
  const stop = followEvents(({ kind }) => {
    if (kind === 'reset') waiting.add('');
    for (const key of CONCERNED[kind]) waiting.add(key);
    timer ??= setTimeout(look, PAUSE);
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}

/** While somebody is signed in, what is shown follows what happens. */
export function useLive(): void {
  const queryClient = useQueryClient();
  useEffect(() => follow(queryClient), [queryClient]);
}
