/**
 * The arena: `npm run arena [-- --only NAME]... [--tool 'NAME=COMMAND {pid}']... [--json]`. Plants each technique alone on a
 * machine of its own (harmless programs of test/targets), runs every tool there, and prints who found it, and why not.
 * README.md says how to add a technique: by one file.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openMachine } from '../harness/machine.ts';
import { requireRootPrefix } from '../harness/privilege.ts';
import { buildPayload } from '../targets/families.ts';
import type { Technique } from './technique.ts';
import type { Answer, Tool } from './tool.ts';
import { tool as genehound } from './tools/genehound.ts';
import { ownTool } from './tools/own.ts';
import { tool as yara } from './tools/yara.ts';

async function techniques(only: readonly string[]): Promise<readonly Technique[]> {
  const folder = join(import.meta.dirname, 'techniques');
  const found: Technique[] = [];
  for (const file of (await readdir(folder)).sort()) {
    const { technique }: { technique: Technique } = await import(join(folder, file));
    if (`${technique.name}.ts` !== file) throw new Error(`${file} holds a technique called ${technique.name}`);
    if (only.length === 0 || only.includes(technique.name)) found.push(technique);
  }
  const unknown = only.find((name) => !found.some((one) => one.name === name));
  if (unknown !== undefined) throw new Error(`There is no technique ${unknown}`);
  return found;
}

async function fight(technique: Technique, tools: readonly Tool[]): Promise<ReadonlyMap<string, Answer>> {
  const answers = new Map<string, Answer>();
  for (const tool of tools) {
    // Each tool meets the technique anew: none may profit from, or suffer by, what another did.
    const machine = await openMachine(`arena-${technique.name}`.slice(0, 60), 1);
    try {
      const planted = await technique.plant(machine, (form) => buildPayload(technique.family, technique.variant, form));
      answers.set(tool.name, await tool.look(machine, technique, planted));
    } catch (error) {
      answers.set(tool.name, {
        found: false,
        says: `failed: ${error instanceof Error ? error.message : String(error)}`,
      });
    } finally {
      await machine.close();
    }
  }
  return answers;
}

function line(technique: Technique, answers: ReadonlyMap<string, Answer>): string {
  const cells = [...answers].map(([name, { found, says }]) => {
    const text = says.replace(/\s+/g, ' ').slice(0, 90);
    return `  ${name.padEnd(18)} ${found ? 'found ' : 'missed'}  ${text}`.trimEnd();
  });
  return [`${technique.name}: ${technique.imitates}`, ...cells].join('\n');
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      tool: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
    },
  });
  await requireRootPrefix();
  const tools: Tool[] = [];
  for (const tool of [genehound, yara, ...values.tool.map(ownTool)]) {
    const missing = await tool.missing();
    if (missing === undefined) tools.push(tool);
    else process.stderr.write(`${tool.name} does not take part: ${missing}\n`);
  }
  const score = new Map(tools.map((tool) => [tool.name, 0]));
  const all = await techniques(values.only);
  for (const technique of all) {
    const answers = await fight(technique, tools);
    for (const [name, { found }] of answers) if (found) score.set(name, (score.get(name) ?? 0) + 1);
    const { name, imitates } = technique;
    const told = values.json
      ? JSON.stringify({ name, imitates, tools: Object.fromEntries(answers) })
      : line(technique, answers);
    process.stdout.write(`${told}\n`);
  }
  if (!values.json) for (const [name, n] of score) process.stdout.write(`${name}: ${n} of ${all.length} found\n`);
  // Ours must find all: a technique that it misses is a defect, or a task.
  return score.get(genehound.name) === all.length ? 0 : 1;
}

process.exitCode = await main();
