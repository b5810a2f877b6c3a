import { join, resolve } from 'node:path';
import { defaultDataDirectory } from '@genehound/server';
import { z } from 'zod';
import { EXIT } from './exit-codes.table.ts';
import { Failure } from './failure.ts';

/** Every option that the command line takes from the environment; what belongs to the server is in its own config. */
const options = z.object({
  /** The data directory, as for the server. */
  GENEHOUND_DATA: z.string().min(1).optional(),
  /** Host root of the server that the commands talk to; --url goes first. */
  GENEHOUND_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** API key for it; --key goes first. */
  GENEHOUND_KEY: z.string().min(1).max(200).optional(),
  /** PEM file of the authority that signed the server's certificate; --ca goes first. */
  GENEHOUND_CA: z.string().min(1).optional(),
  /** https://no-color.org: any value means no colours. */
  NO_COLOR: z.string().min(1).optional(),
  TERM: z.string().optional(),
});

export interface CliConfig {
  readonly data: string;
  readonly url: string | undefined;
  readonly key: string | undefined;
  readonly ca: string | undefined;
  readonly colour: boolean;
  /** The checkout that this program runs from. */
  readonly root: string;
  /** For programs that are started, with their messages in one language that can be read back. */
  readonly childEnvironment: Readonly<Record<string, string>>;
}

/** Throws a Failure whose message names the variable that is wrong. Empty values count as not given. */
export function readCliConfig(environment: Readonly<Record<string, string | undefined>> = process.env): CliConfig {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = options.safeParse(given);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Failure(
      EXIT.usage,
      `The environment variable ${issue?.path.join('.') ?? ''} is not valid: ${issue?.message ?? ''}.`,
      'Correct it, or unset it and use the option of the command.',
    );
  }
  const childEnvironment: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) if (value !== undefined) childEnvironment[name] = value;
  childEnvironment['LC_ALL'] = 'C.UTF-8';
  return Object.freeze({
    data: resolve(parsed.data.GENEHOUND_DATA ?? defaultDataDirectory()),
    url: parsed.data.GENEHOUND_URL,
    key: parsed.data.GENEHOUND_KEY,
    ca: parsed.data.GENEHOUND_CA,
    colour: parsed.data.NO_COLOR === undefined && parsed.data.TERM !== 'dumb',
    root: resolve(import.meta.dirname, '../../..'),
    childEnvironment: Object.freeze(childEnvironment),
  });
}

/** Where the running server of a data directory says how it is reached. */
export function serverFile(data: string): string {
  return join(data, 'run', 'server.json');
}
