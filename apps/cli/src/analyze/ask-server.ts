import { type Answer, ApiError, type Client, type Layout } from '@genehound/contract';
import type { CliConfig } from '../config.ts';
import { EXIT } from '../exit-codes.table.ts';
import { Failure } from '../failure.ts';
import { connect, type ServerOptions } from '../server-connection.ts';

type Artifact = Answer<'getArtifact'>;

/** What a server says of a file's bytes. */
export interface ServerAnswer {
  readonly url: string;
  /** Null where it has never seen them and did not take them. */
  readonly artifact: Artifact | null;
  /** True where the bytes were sent for this answer. */
  readonly sent: boolean;
  /** Why it did not take them; null where it did, or had them. */
  readonly refusal: string | null;
}

const INTERVAL_MS = 200;
/** A gigabyte of code takes an analysis child well under this. */
const PATIENCE_MS = 180_000;
/** Refusals that concern these bytes or this key, not the connection. */
const REFUSED = [400, 403, 413, 415, 422];

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function known(client: Client, sha256: string, layout: Layout): Promise<Artifact | null> {
  try {
    return await client.call('getArtifact', { params: { sha256, layout } });
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

async function untilJudged(client: Client, first: Artifact): Promise<Artifact> {
  let artifact = first;
  for (const end = performance.now() + PATIENCE_MS; artifact.state === 'queued' || artifact.state === 'running'; ) {
    if (performance.now() > end)
      throw new Failure(
        EXIT.failed,
        `The server has not analysed the file within ${PATIENCE_MS / 1000} s.`,
        "The server's log says why; --local analyses it here.",
      );
    await sleep(INTERVAL_MS);
    const params = { sha256: artifact.sha256, layout: artifact.layout };
    artifact = await client.call('getArtifact', { params });
  }
  return artifact;
}

async function ask(client: Client, url: string, bytes: Uint8Array, sha256: string, layout: Layout) {
  const seen = await known(client, sha256, layout);
  if (seen !== null) return { url, artifact: await untilJudged(client, seen), sent: false, refusal: null };
  try {
    const taken = await client.call('analyseArtifact', { query: { layout }, body: bytes });
    return { url, artifact: await untilJudged(client, taken), sent: true, refusal: null };
  } catch (error) {
    if (error instanceof ApiError && REFUSED.includes(error.status))
      return { url, artifact: null, sent: true, refusal: error.message };
    throw error;
  }
}

/**
 * Asks by hash whether the server knows the bytes, else sends them to be compared gene by gene. Null where no server
 * is reachable; one that was named on purpose should have answered (ApiError, Failure).
 */
export async function askServer(
  config: CliConfig,
  options: ServerOptions,
  file: { readonly bytes: Uint8Array; readonly sha256: string; readonly layout: Layout },
): Promise<ServerAnswer | null> {
  try {
    const { client, url } = await connect(config, options);
    return await ask(client, url, file.bytes, file.sha256, file.layout);
  } catch (error) {
    const isAbsent =
      error instanceof Failure ? error.exit === EXIT.usage : error instanceof ApiError && error.status === 0;
    if (isAbsent && options.url === undefined) return null;
    throw error;
  }
}
