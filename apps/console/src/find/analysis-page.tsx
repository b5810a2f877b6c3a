import { useQuery } from '@tanstack/react-query';
import { Navigate, useParams, useSearch } from '@tanstack/react-router';
import { client } from '../api/client.ts';
import { texts } from '../texts.ts';
import { Failed, Loading } from '../ui/states.tsx';

/** A link of the public contract: finds out what it means, and goes there. */
export function AnalysisPage() {
  const { id = '' } = useParams({ strict: false });
  const { sub } = useSearch({ strict: false });
  const query = useQuery({
    queryKey: ['analysis', id, sub ?? ''],
    queryFn: () => client.call('findAnalysis', { params: { id }, query: sub === undefined ? {} : { sub } }),
  });
  const { data } = query;
  if (data?.kind === 'scan') return <Navigate to="/scans/$id" params={{ id: data.id }} replace />;
  if (data?.kind === 'artifact') {
    const { sha256, layout } = data;
    return <Navigate to="/artifacts/$sha256/$layout" params={{ sha256, layout }} replace />;
  }
  if (data?.kind === 'file') return <Navigate to="/search" search={{ q: data.sha256 }} replace />;
  return (
    <>
      <h1>{texts.fleet.find.heading}</h1>
      {query.isError ? <Failed error={query.error} onAgain={() => void query.refetch()} /> : <Loading />}
    </>
  );
}
