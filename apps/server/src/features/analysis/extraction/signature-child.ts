import type { YaraX } from '@litko/yara-x';
import { FrameReader } from './frame-reader.ts';
import { ASK, type Asked, FRAME_LIMIT, type RuleHit, type RuleProblem, type RuleText } from './rule-messages.ts';

/**
 * The program that runs code-sequence rules over artifacts. Confined like the one that extracts genes: no environment,
 * no network, no capabilities, a ceiling on its address space; whatever goes wrong in it costs this process alone.
 */

const reader = new FrameReader();
let rules: YaraX | null = null;

function say(value: unknown): void {
  const body = Buffer.from(JSON.stringify(value));
  const header = Buffer.alloc(4);
  header.writeUInt32LE(body.length);
  process.stdout.write(Buffer.concat([header, body]));
}

type Create = () => YaraX;

function problemOf(texts: readonly RuleText[], create: Create): string | null {
  try {
    create().addRuleSource(texts.map(({ text }) => text).join('\n'));
    return null;
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).slice(0, 500);
  }
}

/** The rules that cannot be used, found by halving: compiling together costs a tenth of compiling each alone. */
function badRules(texts: readonly RuleText[], create: Create): readonly RuleProblem[] {
  const problem = texts.length === 0 ? null : problemOf(texts, create);
  if (problem === null) return [];
  const [only] = texts;
  if (texts.length === 1 && only !== undefined) return [{ name: only.name, problem }];
  const middle = texts.length >>> 1;
  return [...badRules(texts.slice(0, middle), create), ...badRules(texts.slice(middle), create)];
}

interface Usable {
  readonly texts: readonly RuleText[];
  readonly problems: readonly RuleProblem[];
}

/**
 * Those of `more` that can be used beside `base`. Texts that are sound alone may clash: one that names a rule of
 * another. It costs a compilation of all for each step, so it is for texts that are sound alone.
 */
function usableBeside(base: readonly RuleText[], more: readonly RuleText[], create: Create): Usable {
  const together = [...base, ...more];
  const problem = more.length === 0 ? null : problemOf(together, create);
  if (problem === null) return { texts: together, problems: [] };
  const [only] = more;
  if (more.length === 1 && only !== undefined)
    return { texts: base, problems: [{ name: only.name, problem: `It clashes with another: ${problem}` }] };
  const middle = more.length >>> 1;
  const first = usableBeside(base, more.slice(0, middle), create);
  const second = usableBeside(first.texts, more.slice(middle), create);
  return { texts: second.texts, problems: [...first.problems, ...second.problems] };
}

/** Loads what can be used of these rules; answers what cannot, and why. */
async function load(texts: readonly RuleText[]): Promise<readonly RuleProblem[]> {
  const { create } = await import('@litko/yara-x');
  const alone = badRules(texts, create);
  const bad = new Set(alone.map(({ name }) => name));
  const made = create();
  const { texts: good, problems: clashes } = usableBeside(
    [],
    texts.filter(({ name }) => !bad.has(name)),
    create,
  );
  const problems = [...alone, ...clashes];
  if (good.length > 0) made.addRuleSource(good.map(({ text }) => text).join('\n'));
  // Which sequences matched is asked, not where each of them did.
  made.setMaxMatchesPerPattern(1);
  rules = made;
  return problems;
}

function scan(bytes: Buffer): readonly RuleHit[] {
  if (rules === null) throw new Error('no rules were loaded');
  return rules.scan(bytes).map(({ ruleIdentifier, matches }) => ({
    rule: ruleIdentifier,
    matched: new Set(matches.map((match) => match.identifier)).size,
  }));
}

async function answer(body: Buffer): Promise<void> {
  const asked = body[0] as Asked;
  if (asked === ASK.load) say(await load(JSON.parse(body.toString('utf8', 1))));
  else say(scan(body.subarray(1)));
}

let working: Promise<void> = Promise.resolve();
process.stdin.on('data', (chunk: Buffer) => {
  reader.push(chunk);
  for (let body = reader.take(FRAME_LIMIT); body !== null; body = reader.take(FRAME_LIMIT)) {
    if (body === 'too-large') throw new Error('a question above the limit');
    const whole = body;
    working = working.then(() => answer(whole));
  }
});
