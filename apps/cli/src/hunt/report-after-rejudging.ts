import type { Answer, Client, ScanReport } from '@genehound/contract';

const INTERVAL_MS = 250;
/** Re-judging begins as soon as labels speak; a busy machine takes its time. */
const PATIENCE_MS = 60_000;

type RetroHunt = Answer<'listRetroHunts'>['items'][number];

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The retro-hunts that began `since`, once all of them have ended; else undefined. */
async function ended(client: Client, since: number): Promise<readonly RetroHunt[] | undefined> {
  const { items } = await client.call('listRetroHunts', { query: { limit: 20 } });
  const following = items.filter((one) => Date.parse(one.startedAt) >= since);
  return following.length > 0 && following.every((one) => one.state === 'done') ? following : undefined;
}

/** Verdicts that the retro-hunts changed, by artifact. */
async function changedVerdicts(client: Client, hunts: readonly RetroHunt[]): Promise<Map<string, string>> {
  const changed = new Map<string, string>();
  // Oldest first: the last word counts.
  for (const { id } of hunts.toReversed()) {
    const { artifacts } = await client.call('listRetroHuntChanges', { params: { id } });
    for (const { sha256, layout, after } of artifacts) changed.set(`${sha256} ${layout}`, after);
  }
  return changed;
}

/**
 * The report of a scan with what follows from labels made `since` (milliseconds of this machine's clock, which is the
 * server's): waits for the retro-hunts, and until the scan, which hears of its artifacts a moment later, says the same.
 * What takes too long is left out: the report then says what is known by then.
 */
export async function reportAfterRejudging(client: Client, scanId: string, since: number): Promise<ScanReport> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const report = await client.call('getScanReport', { params: { id: scanId } });
    if (Date.now() > end) return report;
    const hunts = await ended(client, since);
    if (hunts !== undefined) {
      const changed = await changedVerdicts(client, hunts);
      const isStale = report.notTrusted.some(({ sha256, layout, verdict }) => {
        const after = changed.get(`${sha256} ${layout}`);
        return after !== undefined && after !== verdict;
      });
      if (!isStale) return report;
    }
    await sleep(INTERVAL_MS);
  }
}
