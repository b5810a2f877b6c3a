import type { Answer } from '@genehound/contract';
import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { client } from '../api/client.ts';
import { useMay } from '../api/use-may.ts';
import { SignShape } from '../signs/sign.tsx';
import { texts } from '../texts.ts';
import { HostileText } from '../ui/hostile-text.tsx';
import { Failed } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import css from './overview.module.css';

export type FailedJobs = Answer<'listFailedJobs'>;

const KEY = ['failed-jobs', 'open'];

/** Work that failed for good and that nobody decided about; undefined until it is known. */
export function useFailedJobs(): FailedJobs | undefined {
  const { data } = useQuery({
    queryKey: KEY,
    queryFn: () => client.call('listFailedJobs', { query: { state: 'open', limit: 1 } }),
    refetchInterval: 15_000,
  });
  return data;
}

/** How much work failed, with the newest of it: once that is decided about, the next one stands here. */
export function FailedWork({ jobs }: { readonly jobs: FailedJobs }) {
  const words = texts.fleet.overview;
  const queries = useQueryClient();
  const mayRetry = useMay('retryFailedJob');
  const mayDismiss = useMay('dismissFailedJob');
  const decide = useMutation({
    mutationFn: ({ route, id }: { readonly route: 'retryFailedJob' | 'dismissFailedJob'; readonly id: string }) =>
      client.call(route, { params: { id } }),
    // Somebody else may have decided first: that is refused, and the list is read again all the same.
    onSettled: () => queries.invalidateQueries({ queryKey: KEY }),
  });
  const [newest] = jobs.items;
  return (
    <>
      <SignShape sign="incomplete" /> {words.failedWork(jobs.open)}
      {newest !== undefined && (
        <>
          {'. '}
          {words.newestFailure} <HostileText text={newest.queue} limit={60} form="line" />,{' '}
          <Time value={newest.failedAt} />: <HostileText text={newest.reason} limit={200} form="line" />
          {(mayRetry || mayDismiss) && (
            <div className={css.line}>
              {(['retryFailedJob', 'dismissFailedJob'] as const)
                .filter((route) => (route === 'retryFailedJob' ? mayRetry : mayDismiss))
                .map((route) => (
                  <Button
                    key={route}
                    size="xs"
                    variant="default"
                    disabled={decide.isPending}
                    onClick={() => decide.mutate({ route, id: newest.id })}
                  >
                    {words[route]}
                  </Button>
                ))}
            </div>
          )}
        </>
      )}
      {decide.isError && <Failed error={decide.error} onAgain={() => decide.reset()} />}
    </>
  );
}
