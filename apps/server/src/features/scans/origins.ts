import type { OriginLink, OriginStage } from '@genehound/contract';
import { type Causes, link, memoryStage } from './causes.ts';
import type { JudgedSeen } from './judged.ts';

/** Links that one artifact gets, and artifacts that get any: a report is read by people. */
const MOST_LINKS = 24;
const MOST_ARTIFACTS = 500;

function originsOf(causes: Causes, artifact: JudgedSeen): readonly OriginLink[] {
  const { seen } = artifact;
  const [place] = seen.places;
  if (place === undefined) return [];
  const links: OriginLink[] = [];
  if (seen.layout === 'file') {
    const file: OriginStage = { kind: 'file', name: place.path ?? seen.sha256, pid: null, sha256: seen.sha256 };
    links.push(...causes.startedBy(file));
    if (place.pid !== 0) {
      links.push(...causes.processOrigins(place.pid));
      if (place.kind === 'module')
        links.push(link(file, memoryStage(seen.sha256, place), 'seen', 'The process has loaded the file'));
    }
  } else if (place.pid !== 0) {
    const here = causes.process(place.pid);
    const sources = causes.sourcesOf({ artifact, place });
    const injected = sources.map(({ from, certainty, why }) => link(from, here, certainty, why));
    links.push(...causes.processOrigins(place.pid), ...injected);
    const running = { kind: 'process', name: '', pid: place.pid, sha256: null } as const;
    const process = links.findLast(({ to }) => to.kind === 'process' && to.pid === place.pid)?.to ?? running;
    links.push(link(process, memoryStage(seen.sha256, place), 'seen', 'The code is in this process'));
  }
  const distinct = new Map(links.map((one) => [JSON.stringify([one.from, one.to]), one]));
  return [...distinct.values()].slice(-MOST_LINKS);
}

/**
 * How each artifact that is not trusted got where it was first seen, by SHA-256 and layout; of the first
 * MOST_ARTIFACTS in the order given. Pure.
 */
export function originsByArtifact(
  causes: Causes,
  judged: readonly JudgedSeen[],
): ReadonlyMap<string, readonly OriginLink[]> {
  const told = judged.filter(({ verdict }) => verdict !== 'trusted').slice(0, MOST_ARTIFACTS);
  return new Map(
    told.map((artifact) => [`${artifact.seen.sha256}/${artifact.seen.layout}`, originsOf(causes, artifact)]),
  );
}
