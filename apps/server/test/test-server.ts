import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '@genehound/contract';
import { readServerConfig, run, type ServerHandle } from '@genehound/server';

export interface TestServer extends ServerHandle {
  readonly data: string;
  /** With the local key: everything. */
  readonly client: Client;
  /** Ends it and leaves its data, for another one. */
  stop(): Promise<void>;
}

/** A directory of a test alone, which PostgreSQL's user may pass. */
export async function temporaryData(): Promise<string> {
  const data = await mkdtemp(join(tmpdir(), 'genehound-server-'));
  await chmod(data, 0o711);
  return data;
}

/** The real server on a free port, and on a data directory of its own unless the options name one. */
export async function startTestServer(options: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const data = options['GENEHOUND_DATA'] ?? (await temporaryData());
  // Every answer of every test is held against the contract.
  const environment = {
    GENEHOUND_CHECK_ANSWERS: '1',
    GENEHOUND_DATA: data,
    GENEHOUND_PORT: '0',
    GENEHOUND_LOG_LEVEL: 'error',
    ...options,
  };
  try {
    const handle = await run(readServerConfig(environment));
    return {
      ...handle,
      data,
      client: createClient(handle.url, handle.localKey),
      stop: () => handle.close(),
      close: async () => {
        await handle.close();
        await rm(data, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(data, { recursive: true, force: true });
    throw error;
  }
}
