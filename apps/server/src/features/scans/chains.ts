import type { OriginLink, ScanReport } from '@genehound/contract';
import { type Carrier, type Causes, link, memoryStage } from './causes.ts';
import type { JudgedSeen } from './judged.ts';

/** Chains in a report, and processes that one goes through. */
const MOST_CHAINS = 50;
/** Places that are looked at for a chain: an endpoint may invent as many as it likes. */
const MOST_PLACES = 500;
const MOST_STAGES = 8;

type Chain = NonNullable<ScanReport['chains']>[number];

const keyOf = ({ artifact, place }: Carrier): string => `${artifact.seen.sha256}/${artifact.seen.layout}/${place.pid}`;

/** How a process came to run, as a line: what starts the file, the file, the process. */
function startOf(causes: Causes, pid: number): OriginLink[] {
  const file = causes.program(pid);
  if (file === null) return [];
  const runs = link(file, causes.process(pid), 'seen', 'The process runs this file');
  return [...causes.startedBy(file).slice(0, 1), runs];
}

interface Walk {
  readonly links: readonly OriginLink[];
  readonly through: readonly Carrier[];
  /** Other processes that may as well have been the source of one of the links. */
  readonly alternatives: number;
}

/** The way of code into where it is, walked backwards; each link's end is the next one's beginning. */
function walk(causes: Causes, last: Carrier): Walk {
  const seen = new Set<string>();
  const through: Carrier[] = [];
  let links: OriginLink[] = [];
  let alternatives = 0;
  for (let here = last; ; ) {
    seen.add(keyOf(here));
    through.push(here);
    const process = causes.process(here.place.pid);
    const held = link(
      process,
      memoryStage(here.artifact.seen.sha256, here.place),
      'seen',
      'The code is in this process',
    );
    links = [held, ...links];
    const sources = causes.sourcesOf(here).filter(({ carrier }) => carrier === null || !seen.has(keyOf(carrier)));
    const [source] = sources;
    if (source === undefined || through.length >= MOST_STAGES) {
      return { links: [...startOf(causes, here.place.pid), ...links], through, alternatives };
    }
    alternatives += sources.length - 1;
    links = [link(source.from, process, source.certainty, source.why), ...links];
    if (source.carrier === null) {
      return { links: [...startOf(causes, source.from.pid ?? 0), ...links], through, alternatives };
    }
    here = source.carrier;
  }
}

/**
 * Code in memory that is malicious or suspicious and came by way of another process, each from its beginning on: what
 * starts by itself, the file, its process, the code in it, the process that it was put into, the code there. Worst
 * first, as `judged` is; code that stands in the middle of another's chain has none of its own. Pure.
 */
export function chainsOf(causes: Causes, judged: readonly JudgedSeen[]): readonly Chain[] {
  const chains: Chain[] = [];
  const passed = new Set<string>();
  let places = 0;
  for (const artifact of judged) {
    if (artifact.verdict !== 'malicious' && artifact.verdict !== 'suspicious') continue;
    if (artifact.seen.layout === 'file') continue;
    for (const place of artifact.seen.places) {
      if (chains.length >= MOST_CHAINS || places >= MOST_PLACES) return chains;
      places += 1;
      if (place.pid === 0 || passed.has(keyOf({ artifact, place }))) continue;
      const { links, through, alternatives } = walk(causes, { artifact, place });
      if (through.length < 2 && links.every(({ from }) => from.kind !== 'process' || from.pid === place.pid)) continue;
      for (const one of through) passed.add(keyOf(one));
      chains.push({
        sha256: artifact.seen.sha256,
        layout: artifact.seen.layout,
        verdict: artifact.verdict,
        families: [...artifact.families],
        links: [...links],
        inferred: links.filter(({ certainty }) => certainty === 'inferred').length,
        alternatives,
      });
    }
  }
  return chains;
}
