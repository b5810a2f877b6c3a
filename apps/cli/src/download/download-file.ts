import { createHash } from 'node:crypto';
import { lookup as resolveName } from 'node:dns/promises';
import { createWriteStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { EXIT } from '../exit-codes.table.ts';
import { Failure } from '../failure.ts';
import { isPublicAddress } from './public-address.ts';

export interface DownloadLimits {
  readonly bytes: number;
  readonly milliseconds: number;
}

/** What stands for the Internet in a test; else all of it. */
export interface Internet {
  readonly allows: (address: string) => boolean;
  readonly ca?: string;
}

const INTERNET: Internet = { allows: isPublicAddress };
const REDIRECTS = [301, 302, 303, 307, 308];
const MOST_REDIRECTS = 5;

const refuse = (url: URL, why: string): Failure => new Failure(EXIT.failed, `${url.host} was not asked: ${why}.`);

/** Resolves to addresses that were checked, so that a name cannot mean another one when it is connected to. */
function checkedLookup(url: URL, { allows }: Internet): LookupFunction {
  return (hostname, options, callback) => {
    resolveName(hostname, { ...options, all: true }).then(
      (found) => {
        const bad = found.find(({ address }) => !allows(address));
        const [first] = found;
        if (bad !== undefined) callback(refuse(url, `its address ${bad.address} is not on the Internet`), '', 0);
        else if (first === undefined) callback(refuse(url, 'it has no address'), '', 0);
        else if (options.all === true) callback(null, found);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, '', 0),
    );
  };
}

function ask(url: URL, internet: Internet, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    if (url.protocol !== 'https:') throw refuse(url, 'only https is');
    if (url.username !== '' || url.password !== '') throw refuse(url, 'its address has a password in it');
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0 && !internet.allows(host)) throw refuse(url, `its address ${host} is not on the Internet`);
    const asked = request(url, {
      signal,
      lookup: checkedLookup(url, internet),
      headers: { 'user-agent': 'genehound', 'accept-encoding': 'identity' },
      ...(internet.ca === undefined ? {} : { ca: internet.ca }),
    });
    asked.on('response', resolve);
    asked.on('error', reject);
    asked.end();
  });
}

async function follow(address: URL, internet: Internet, signal: AbortSignal): Promise<IncomingMessage> {
  let url = address;
  for (let redirects = 0; ; redirects += 1) {
    const answer = await ask(url, internet, signal);
    const status = answer.statusCode ?? 0;
    if (status === 200) return answer;
    answer.destroy();
    const { location } = answer.headers;
    if (!REDIRECTS.includes(status) || location === undefined)
      throw new Failure(EXIT.failed, `${url.host} answered with status ${status}.`);
    if (redirects === MOST_REDIRECTS || !URL.canParse(location, url.href))
      throw new Failure(EXIT.failed, `${url.host} leads on and on.`);
    url = new URL(location, url);
  }
}

/**
 * Downloads a file by https from the Internet, never from an address of one's own network, whatever names and redirects
 * say. Answers its SHA-256. Failure, in one sentence, where it cannot be had within the limits.
 */
export async function downloadFile(
  address: string,
  path: string,
  limits: DownloadLimits,
  internet: Internet = INTERNET,
): Promise<string> {
  if (!URL.canParse(address)) throw new Failure(EXIT.usage, 'That is no address.');
  const signal = AbortSignal.timeout(limits.milliseconds);
  const hash = createHash('sha256');
  const bounded = async function* (source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let bytes = 0;
    for await (const part of source) {
      bytes += part.length;
      if (bytes > limits.bytes) throw new Failure(EXIT.failed, `${address} has more than ${limits.bytes} bytes.`);
      hash.update(part);
      yield part;
    }
  };
  try {
    const answer = await follow(new URL(address), internet, signal);
    await pipeline(answer, bounded, createWriteStream(path, { mode: 0o600, flags: 'wx' }), { signal });
  } catch (error) {
    if (error instanceof Failure) throw error;
    const late = signal.aborted ? `it took longer than ${limits.milliseconds / 1000} s` : undefined;
    const why = late ?? (error instanceof Error ? error.message : String(error));
    throw new Failure(EXIT.failed, `${address} cannot be downloaded: ${why}.`);
  }
  return hash.digest('hex');
}
