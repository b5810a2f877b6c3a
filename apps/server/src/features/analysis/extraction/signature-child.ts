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

/** Why each rule that cannot be used cannot be. Rules are compiled one by one, so that a bad one spoils no other. */
async function load(texts: readonly RuleText[]): Promise<readonly RuleProblem[]> {
  const { create } = await import('@litko/yara-x');
  const made = create();
  const problems: RuleProblem[] = [];
  const good: string[] = [];
  for (const { name, text } of texts) {
    try {
      create().addRuleSource(text);
      good.push(text);
    } catch (error) {
      problems.push({ name, problem: (error instanceof Error ? error.message : String(error)).slice(0, 500) });
    }
  }
  if (good.length > 0) made.addRuleSource(good.join('\n'));
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
