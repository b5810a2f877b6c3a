import { useQuery } from '@tanstack/react-query';
import { me } from '../api/queries.ts';
import { useMay } from '../api/use-may.ts';
import { ApiSource } from '../frame/frame.tsx';
import { texts } from '../texts.ts';
import { useTitle } from '../ui/title.ts';
import { AnalyseFiles } from './analyse-files.tsx';
import { DeliverScan } from './deliver-scan.tsx';

/** Code that somebody has in his hands, and scans that were written to a directory. */
export function UploadPage() {
  useTitle(texts.upload.heading);
  const { isSuccess: known } = useQuery(me);
  const mayAnalyse = useMay('analyseArtifact');
  const mayDeliver = useMay('createKey');
  return (
    <>
      <h1>{texts.upload.heading}</h1>
      <p>{texts.upload.intro}</p>
      {known && !mayAnalyse && <p role="status">{texts.upload.forbidden}</p>}
      {mayAnalyse && <AnalyseFiles />}
      {mayDeliver && <DeliverScan />}
      {mayAnalyse && !mayDeliver && <p role="status">{texts.upload.noKey}</p>}
      <ApiSource paths={['/api/v1/scans']} />
    </>
  );
}
