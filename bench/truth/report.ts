import { isEnough, THRESHOLDS } from '@genehound/genes';
import type { Knowledge, Outcome } from './evaluate.ts';
import { shareOf, showShare } from './interval.ts';
import { RUNTIMES } from './windows.table.ts';

/** Below this many genes nothing is promised. */
export const ENOUGH_GENES = 100;

const isCalled = ({ verdict }: Outcome): boolean => verdict === 'malicious';
const isClean = ({ role }: Outcome): boolean => role !== 'malware';

function line(title: string, outcomes: readonly Outcome[], hit: (outcome: Outcome) => boolean): string {
  return `  ${title.padEnd(58)} ${showShare(shareOf(outcomes.filter(hit).length, outcomes.length))}\n`;
}

const isRight = ({ group, families }: Outcome): boolean => families[0]?.name === group;

const isRuntime = new Set(RUNTIMES.map(({ name }) => name));

/** A family of whatever type has enough genes or functions of its own in it; runtimes are in every program. */
const isRelated = ({ families, judgedGenes }: Outcome): boolean =>
  families.some(
    (found) =>
      !isRuntime.has(found.name) &&
      (found.exactFunctions >= THRESHOLDS.exactFunctions ||
        isEnough(found, found.uniqueGenes / Math.max(1, judgedGenes), THRESHOLDS)),
  );

function kindOf({ source, layout, format, instructionSet }: Outcome): string {
  return `${source}, ${layout === 'raw' ? 'raw memory' : layout === 'mapped' ? `${format} in memory` : format}, ${instructionSet}`;
}

export function report(outcomes: readonly Outcome[], { families, table }: Knowledge): string {
  const judged = outcomes.filter(({ genes }) => genes >= ENOUGH_GENES);
  const clean = judged.filter(isClean);
  const malware = judged.filter((outcome) => !isClean(outcome));
  let text = `${families.length} families known, ${families.filter(({ type }) => type === 'malware').length} of them labelled malware, ${table.genes} genes\n`;
  text += `${outcomes.length} artifacts judged that are not labelled themselves, ${judged.length} of at least ${ENOUGH_GENES} genes\n`;
  text += 'Clean artifacts\n';
  text += line('called malicious', clean, isCalled);
  text += line('called suspicious', clean, ({ verdict }) => verdict === 'suspicious');
  for (const [rule, some] of Map.groupBy(
    clean.filter(({ verdict }) => verdict === 'suspicious'),
    (found) => found.rule,
  )) {
    text += line(`suspicious by ${rule}`, clean, (found) => some.includes(found));
  }
  for (const [kind, some] of Map.groupBy(clean, kindOf)) {
    text += line(`malicious: ${kind}`, some, isCalled);
  }
  const isWindows = ({ format }: Outcome): boolean => format === 'pe';
  const isMemory = ({ layout }: Outcome): boolean => layout !== 'file';
  text += line(
    'malicious: Windows files as files',
    clean.filter((one) => isWindows(one) && !isMemory(one)),
    isCalled,
  );
  text += line('malicious: memory images and JIT code', clean.filter(isMemory), isCalled);
  text += line(
    'malicious: either',
    clean.filter((one) => isWindows(one) || isMemory(one)),
    isCalled,
  );
  const absent = clean.filter(({ role }) => role === 'absent');
  text += line('not indexed, malware named by the verdict', absent, ({ named }) => named.length > 0);
  const drawn = absent.filter(({ group }) => group !== null);
  text += line('not indexed, enough code of any family, trusted ones too', drawn, isRelated);
  text += 'Malware, other builds than the labelled\n';
  for (const [distance, some] of Map.groupBy(malware, (outcome) => outcome.distance)) {
    text += line(`${distance}: called malicious`, some, isCalled);
    text += line(
      `${distance}: called malicious or suspicious`,
      some,
      ({ verdict }) => verdict === 'malicious' || verdict === 'suspicious',
    );
  }
  text += 'Right family first, malware and trusted\n';
  const known = judged.filter(({ role }) => role !== 'absent');
  for (const [distance, some] of Map.groupBy(known, (outcome) => outcome.distance)) {
    text += line(distance, some, isRight);
  }
  const wrong = clean.filter(isCalled);
  for (const outcome of wrong.slice(0, 100)) {
    const first = outcome.families[0];
    text += `FALSE ${outcome.group} ${outcome.place} (${outcome.layout}): ${first?.name} ${first?.uniqueGenes} unique of ${outcome.judgedGenes}, ${first?.exactFunctions} functions. ${outcome.reason}\n`;
  }
  return text;
}
