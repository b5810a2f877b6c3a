import { liveEvent } from '@genehound/contract';
import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';

const KINDS = ['reset', 'scan', 'threat', 'case', 'job'] as const;
/** Milliseconds between two looks at what changed, however fast a fleet reports. */
const PAUSE = 2_000;

/** What is to be asked for again, by the first part of its key. */
const CONCERNED: Readonly<Record<(typeof KINDS)[number], readonly string[]>> = {
  reset: [],
  scan: ['scans', 'scan', 'hunt', 'hunts', 'overview', 'activity', 'endpoints', 'endpoint', 'unknown'],
  threat: ['scans', 'scan', 'overview', 'activity', 'endpoints', 'endpoint', 'cases'],
  case: ['cases'],
  job: ['activity', 'genome', 'families', 'retro-hunts'],
};

/** Follows the server's events; answers how to stop. The browser connects again by itself, and misses nothing. */
function follow(queryClient: QueryClient): () => void {
  const source = new EventSource('/api/v1/events');
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
  const hear = ({ data }: MessageEvent<string>): void => {
    const event = liveEvent.safeParse(JSON.parse(data));
    if (!event.success) return;
    const { kind } = event.data;
    if (kind === 'reset') waiting.add('');
    for (const key of CONCERNED[kind]) waiting.add(key);
    timer ??= setTimeout(look, PAUSE);
  };
  for (const kind of KINDS) source.addEventListener(kind, hear);
  return () => {
    clearTimeout(timer);
    source.close();
  };
}

/** While somebody is signed in, what is shown follows what happens. */
export function useLive(): void {
  const queryClient = useQueryClient();
  useEffect(() => follow(queryClient), [queryClient]);
}
