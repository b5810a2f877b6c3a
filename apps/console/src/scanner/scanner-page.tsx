import type { Answer } from '@genehound/contract';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { client } from '../api/client.ts';
import { bytes } from '../format/quantity.ts';
import { ApiSource } from '../frame/frame.tsx';
import { ScanKey, useScanKey } from '../scans/scan-key.tsx';
import { texts } from '../texts.ts';
import { Command, Hash } from '../ui/copyable.tsx';
import { Failed, Loading } from '../ui/states.tsx';
import { useTitle } from '../ui/title.ts';
import { commandsOf } from './commands.ts';
import css from './scanner.module.css';

type Item = Answer<'listScanners'>['items'][number];

function Build({ item, secret }: { readonly item: Item; readonly secret: string }) {
  const words = texts.scanner;
  const { platform, file, build } = item;
  const commands = commandsOf(platform, file, location.origin, secret);
  return (
    <section className={css.build} aria-labelledby={`build-${platform}`}>
      <h2 id={`build-${platform}`}>{words.platforms[platform]}</h2>
      {build === null ? (
        <>
          <p>{words.notBuilt}</p>
          <Command text={words.buildCommand} />
        </>
      ) : (
        <>
          <p>
            <a href={`/api/v1/scanners/${platform}`} download={file} className={css.download}>
              {words.download(file)}
            </a>{' '}
            ({bytes(build.size)})
          </p>
          <p>
            {texts.artifacts.sha256}: <Hash text={build.sha256} what={texts.artifacts.sha256} />
          </p>
          <h3>{words.check}</h3>
          <Command text={commands.check(build.sha256)} />
          <h3>{words.run}</h3>
          <Command text={commands.run} />
          <h3>{words.selfTest}</h3>
          <Command text={commands.selfTest} />
          <h3>{words.offline}</h3>
          <Command text={commands.offline} />
        </>
      )}
    </section>
  );
}

/** The scanner for every platform: what to download, how to know that it is whole, what to type. */
export function ScannerPage() {
  useTitle(texts.scanner.heading);
  const query = useQuery({ queryKey: ['scanners'], queryFn: () => client.call('listScanners', {}) });
  const key = useScanKey();
  return (
    <>
      <h1>{texts.scanner.heading}</h1>
      <p>{texts.scanner.intro}</p>
      <ScanKey of={key} />
      <p>
        {texts.scanner.many} <Link to="/hunts/new">{texts.hunts.create}</Link>
      </p>
      {query.isPending && <Loading />}
      {query.isError && <Failed error={query.error} onAgain={() => void query.refetch()} />}
      <div className={css.builds}>
        {(query.data?.items ?? []).map((item) => (
          <Build key={item.platform} item={item} secret={key.secret} />
        ))}
      </div>
      <ApiSource paths={['/api/v1/scanners']} />
    </>
  );
}
