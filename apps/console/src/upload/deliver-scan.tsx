import { ApiError } from '@genehound/contract';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Fragment, useState } from 'react';
import { texts } from '../texts.ts';
import { HostileText } from '../ui/hostile-text.tsx';
import { More } from '../ui/more.tsx';
import { Failed } from '../ui/states.tsx';
import { sourcesOf } from './archives.ts';
import { type Delivery, deliverOffline } from './deliver.ts';
import { DropZone } from './drop-zone.tsx';
import type { Picked } from './dropped-files.ts';
import css from './upload.module.css';

class NoScan extends ApiError {
  constructor() {
    super(422, 'no_scan', texts.upload.noScan);
  }
}

function Problems({ problems }: { readonly problems: readonly string[] }) {
  if (problems.length === 0) return null;
  return (
    <>
      <h3>{texts.upload.scanSteps.problems}</h3>
      <More items={problems} first={20}>
        {(rows) => (
          <ul>
            {rows.map((problem) => (
              <li key={problem}>
                <HostileText text={problem} />
              </li>
            ))}
          </ul>
        )}
      </More>
    </>
  );
}

function Progress({ delivery }: { readonly delivery: Delivery }) {
  const words = texts.upload.scanSteps;
  return (
    <>
      <progress
        className={css.track}
        max={Math.max(1, delivery.all)}
        value={delivery.messages}
        aria-label={texts.upload.scan}
      />{' '}
      {words.sending(delivery.messages, delivery.all)}, {words.binaries(delivery.binaries)}
    </>
  );
}

/** A directory that the scanner's -o wrote, delivered from the browser. */
export function DeliverScan() {
  const [delivery, setDelivery] = useState<Delivery>();
  const words = texts.upload;
  const deliver = useMutation({
    mutationFn: async (files: readonly Picked[]) => {
      setDelivery(undefined);
      const ids = await deliverOffline(await sourcesOf(files), setDelivery);
      if (ids.length === 0) throw new NoScan();
      return ids;
    },
  });
  return (
    <section aria-labelledby="scan-heading">
      <h2 id="scan-heading">{words.scan}</h2>
      <DropZone
        label={words.chooseScan}
        directory
        archives={words.chooseArchive}
        onFiles={(files) => deliver.mutate(files)}
      >
        <p>{words.scanHelp}</p>
      </DropZone>
      <p role="status">
        {deliver.isPending && delivery === undefined && words.scanSteps.reading}
        {delivery !== undefined && <Progress delivery={delivery} />}{' '}
        {deliver.isSuccess && (
          <>
            {words.scanSteps.done}
            {deliver.data.map((id, at) => (
              <Fragment key={id}>
                {' '}
                <Link to="/scans/$id" params={{ id }}>
                  {words.open(at + 1, deliver.data.length)}
                </Link>
              </Fragment>
            ))}
          </>
        )}
      </p>
      {deliver.isError && <Failed error={deliver.error} onAgain={() => deliver.mutate(deliver.variables)} />}
      {delivery !== undefined && <Problems problems={delivery.problems} />}
    </section>
  );
}
