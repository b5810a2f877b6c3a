import { readFile } from 'node:fs/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { type Client, createClient } from '@genehound/contract';
import { z } from 'zod';
import { type CliConfig, serverFile } from './config.ts';
import { EXIT } from './exit-codes.table.ts';
import { Failure } from './failure.ts';

/** What a running server writes into its data directory for commands of the same user (docs/adr/0010). */
const localServer = z.looseObject({
  url: z.url(),
  pid: z.int().positive(),
  key: z.string().min(1),
  /** PEM of the authority whose certificate the server shows, where it is the installation's own. */
  authority: z.string().nullish(),
});
export type LocalServer = z.infer<typeof localServer>;

export interface ServerOptions {
  readonly url?: string;
  readonly ca?: string;
  readonly key?: string;
}

export interface Connection {
  readonly url: string;
  readonly key: string;
  readonly client: Client;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** The server that runs on a data directory, if one does and this user may read its file. */
export async function findLocalServer(data: string): Promise<LocalServer | undefined> {
  try {
    const found = localServer.parse(JSON.parse(await readFile(serverFile(data), 'utf8')));
    return isAlive(found.pid) ? found : undefined;
  } catch {
    return undefined;
  }
}

/** Host root: `https://host`, whatever path was pasted behind it. */
function hostRoot(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    throw new Failure(
      EXIT.usage,
      `"${url}" is not the address of a server.`,
      'Use one such as https://genehound.example.org.',
    );
  }
  return parsed.origin;
}

/** This program trusts that authority from now on, beside those of the system and of NODE_EXTRA_CA_CERTS. */
function trustAuthority(pem: string): void {
  setDefaultCACertificates([...getCACertificates('default'), pem]);
}

async function trustFile(path: string): Promise<void> {
  try {
    trustAuthority(await readFile(path, 'utf8'));
  } catch (error) {
    throw new Failure(
      EXIT.usage,
      `${path} holds no certificate that can be trusted: ${error instanceof Error ? error.message : String(error)}.`,
      "Name the authority's certificate in PEM; a generated one is tls/authority.pem in the server's data directory.",
    );
  }
}

/**
 * The server that a command talks to: --url and --key, else GENEHOUND_URL and GENEHOUND_KEY, else the server that
 * runs on this machine's data directory. Throws a Failure that names the next step.
 */
export async function connect(config: CliConfig, options: ServerOptions): Promise<Connection> {
  const local = await findLocalServer(config.data);
  const given = options.url ?? config.url;
  const url = given === undefined ? local?.url : hostRoot(given);
  if (url === undefined) {
    throw new Failure(
      EXIT.usage,
      `No server is known: none runs on the data directory ${config.data}.`,
      'Start one with "genehound server", or name one with --url and --key (or GENEHOUND_URL and GENEHOUND_KEY).',
    );
  }
  const own = local !== undefined && hostRoot(local.url) === hostRoot(url) ? local : undefined;
  const ca = options.ca ?? config.ca;
  if (ca !== undefined) await trustFile(ca);
  else if (own?.authority !== undefined && own.authority !== null) trustAuthority(own.authority);
  const key = options.key ?? config.key ?? own?.key;
  if (key === undefined) {
    throw new Failure(EXIT.usage, `No API key for ${url} is known.`, 'Name one with --key or GENEHOUND_KEY.');
  }
  return { url, key, client: createClient(url, key) };
}
