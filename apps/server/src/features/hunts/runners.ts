import { readFile } from 'node:fs/promises';
import { hunts as contract } from '@genehound/contract';
import { z } from 'zod';

/** Whoever may name a hunt's targets has this command reach them, so that it is the operator who says for whom it is. */
const runner = z.strictObject({
  name: contract.runnerName,
  /** The program, by its full path, and its arguments; no shell. `{targets}`, `{kit}`, `{hunt}`, `{round}` are filled in. */
  command: z.array(z.string().max(4_096)).min(1).max(100),
  /** Ids of organisations whose hunts may use it; `*`: all. */
  organisations: z.array(z.string().min(1)).min(1),
  /** The kit that it gets as a ZIP, and the server as endpoints reach it. */
  kit: z.strictObject({ tool: z.enum(contract.KIT_TOOLS), url: z.url({ protocol: /^https?$/ }) }).optional(),
  minutes: z.number().positive().max(1_380).default(60),
  /** What it gets beside PATH, HOME and LANG. */
  environment: z.record(z.string().regex(/^[A-Za-z_]\w*$/), z.string()).default({}),
});
export type Runner = z.output<typeof runner>;

const file = z.strictObject({ runners: z.array(runner).max(100) });

export interface Runners {
  of(organisation: string): readonly Runner[];
  find(organisation: string, name: string): Runner | null;
}

function runnersOf(all: readonly Runner[]): Runners {
  const of = (organisation: string): readonly Runner[] =>
    all.filter(({ organisations }) => organisations.includes('*') || organisations.includes(organisation));
  return { of, find: (organisation, name) => of(organisation).find((one) => one.name === name) ?? null };
}

/** Throws an Error of one sentence that names the file and what is wrong with it. */
export async function readRunners(path: string | null): Promise<Runners> {
  if (path === null) return runnersOf([]);
  const told = (why: string): Error => new Error(`The runners of ${path} cannot be used: ${why}`);
  try {
    const { runners } = file.parse(JSON.parse(await readFile(path, 'utf8')));
    for (const { name, command } of runners)
      if (command[0]?.startsWith('/') !== true) throw new Error(`${name}: name its program by the full path`);
    if (new Set(runners.map(({ name }) => name)).size < runners.length) throw new Error('two have the same name');
    return runnersOf(runners);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw told(error instanceof Error ? error.message : String(error));
    const [issue] = error.issues;
    throw told(`${issue?.path.join('.') || 'its content'}: ${issue?.message ?? ''}`);
  }
}
