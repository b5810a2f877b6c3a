import type { AdviceEvidence, AdviceStep } from '@genehound/contract';
import { type Artifact, artifactEvidence, type Carrier, type CaseFacts, findingEvidence } from './case-facts.ts';

/** Steps of one kind: beyond them nobody works by hand, and the evidence lists the rest. */
const MOST_OF_A_KIND = 50;
const ORDER = ['isolate', 'save', 'stop', 'disable', 'remove', 'rotate', 'review'] as const;

/** Without these a system does not run: it must be started anew in place of stopping them. */
const VITAL = new Set([
  'systemd',
  'init',
  'smss.exe',
  'csrss.exe',
  'wininit.exe',
  'services.exe',
  'lsass.exe',
  'winlogon.exe',
]);
/** Accounts of the system itself, which may read what every account left on the endpoint. */
const ALMIGHTY = /^(?:root|(?:nt authority\\)?system|local ?system)$/i;
const SERVICE = /^(?:(?:nt authority\\)?(?:local|network) ?service)$/i;

const baseName = (path: string): string => path.split(/[\\/]/).at(-1) ?? path;
/** A step that is made only where it is shown: a scan may ask for as many as its endpoint invented processes. */
type Asked = () => AdviceStep;

const process = ({ pid, path }: Carrier): AdviceEvidence => ({ kind: 'process', pid, path });
const program = ({ path }: Carrier): string => path ?? 'a program whose path is not known';

function familiesOf(artifacts: readonly Artifact[]): string {
  const names = [...new Set(artifacts.flatMap(({ families }) => families))];
  if (names.length === 0) return 'malicious code';
  return `code of ${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''}`;
}

function placesOf({ artifacts }: Carrier): string {
  const memory = artifacts.filter(({ layout }) => layout !== 'file').flatMap(({ addresses }) => addresses);
  if (memory.length === 0) return '';
  return ` at ${memory.slice(0, 3).join(', ')}${memory.length > 3 ? ` and ${memory.length - 3} more places` : ''}`;
}

function isolate({ report, malicious }: CaseFacts): Asked[] {
  if (malicious.length === 0) return [];
  const all = [...new Set(malicious.flatMap(({ artifacts }) => artifacts))];
  const [first] = malicious;
  const many = malicious.length > 1 ? ` and ${malicious.length - 1} more` : '';
  return [
    () => ({
      kind: 'isolate',
      target: report.endpoint.name,
      pid: null,
      reason: `${familiesOf(all)} runs now in ${first === undefined ? '' : `${program(first)} (${first.pid})`}${many}`,
      caution: 'Leave it switched on: the code is in memory alone, or may be, and is lost with the power',
      evidence: [...malicious.slice(0, 20).map(process), ...artifactEvidence(all)],
    }),
  ];
}

function save(facts: CaseFacts): Asked[] {
  const ofMemory = [...facts.malicious, ...facts.suspicious].map(
    (carrier) => (): AdviceStep => ({
      kind: 'save',
      target: `memory of ${program(carrier)}`,
      pid: carrier.pid,
      reason: `Genehound took only the code${placesOf(carrier)}; what that code was told, its keys and its addresses lie in the data of process ${carrier.pid}, and are gone when it ends`,
      caution: null,
      evidence: [process(carrier), ...artifactEvidence(carrier.artifacts)],
    }),
  );
  const accused = new Set(facts.malicious.map(({ pid }) => pid));
  const gone = facts.report.findings.filter(({ finding, pid }) => finding === 'deleted-file' && accused.has(pid));
  const ofFiles = gone.map(
    (one) => (): AdviceStep => ({
      kind: 'save',
      target: one.path ?? `the deleted file at ${one.address}`,
      pid: one.pid,
      reason: `The file is deleted and can be read only while process ${one.pid} runs`,
      caution: facts.isWindows
        ? null
        : `Until then it is /proc/${one.pid}/exe where the process runs it, else a file in /proc/${one.pid}/map_files`,
      evidence: [{ kind: 'finding', finding: one.finding, pid: one.pid, address: one.address }],
    }),
  );
  return [...ofMemory, ...ofFiles];
}

function stop(facts: CaseFacts): Asked[] {
  return facts.malicious.map((carrier) => () => {
    const { pid, path, artifacts } = carrier;
    const isVital = pid === 1 || (path !== null && VITAL.has(baseName(path).toLowerCase()));
    const isHost = facts.programs.get(pid) === 'trusted' && artifacts.some(({ layout }) => layout !== 'file');
    const host = isHost ? ', a trusted program into which it was put: that may be started again afterwards' : '';
    return {
      kind: 'stop',
      target: program(carrier),
      pid,
      reason: `Process ${pid} holds ${familiesOf(artifacts)}${placesOf(carrier)}${host}`,
      caution: isVital
        ? 'The system does not run without it: start the endpoint anew, once what starts by itself is disabled'
        : `See first that process ${pid} is still this program: its number may have been given to another since the scan`,
      evidence: [process(carrier), ...artifactEvidence(artifacts), ...findingEvidence(facts.report, pid)],
    };
  });
}

function disable({ starters }: CaseFacts): Asked[] {
  return starters.map(({ kind, name, value, file, isMalicious }) => () => ({
    kind: 'disable',
    target: name,
    pid: null,
    reason: isMalicious
      ? `It starts ${file.path}, which is malicious`
      : `It starts ${file.path}, which nobody trusts and whose process holds malicious code`,
    caution: value === null || value === file.path ? null : `Its command: ${value}`,
    evidence: [
      kind === 'autorun' ? { kind, entry: name, value } : { kind, name },
      ...(isMalicious ? [{ kind: 'artifact' as const, sha256: file.sha256, layout: 'file' as const }] : []),
    ],
  }));
}

function remove({ maliciousFiles }: CaseFacts): Asked[] {
  return maliciousFiles.map((artifact) => () => {
    const from = artifact.file?.package ?? null;
    return {
      kind: 'remove',
      target: artifact.path ?? '',
      pid: null,
      reason: `The file is ${familiesOf([artifact])}: ${artifact.why[0] ?? artifact.subVerdict}`,
      caution:
        from === null ? null : `The package ${from} owns this path: install it again in place of deleting the file`,
      evidence: artifactEvidence([artifact]),
    };
  });
}

function rotate({ malicious }: CaseFacts): Asked[] {
  const byUser = Map.groupBy(
    malicious.filter(({ user }) => user !== null && user !== '' && !SERVICE.test(user)),
    ({ user }) => user ?? '',
  );
  return [...byUser].map(([user, carriers]) => () => {
    const where = carriers.slice(0, 3).map((one) => `${program(one)} (${one.pid})`);
    const ran = `Malicious code ran as ${user} in ${where.join(', ')}`;
    return {
      kind: 'rotate',
      target: user,
      pid: null,
      reason: ALMIGHTY.test(user)
        ? `${ran}: it could read the keys, passwords and sessions of every account on this endpoint`
        : `${ran}: it could read the keys, passwords and sessions of this account`,
      caution: 'From another machine, and once the endpoint is isolated: what is typed on this one may be read',
      evidence: carriers.slice(0, 20).map(process),
    };
  });
}

function review({ report }: CaseFacts): Asked[] {
  const suspicious = report.notTrusted.filter(({ verdict }) => verdict === 'suspicious');
  return suspicious.map((artifact) => () => ({
    kind: 'review',
    target: artifact.path ?? artifact.sha256,
    pid: artifact.processes[0]?.pid ?? null,
    reason: artifact.why[0] ?? `It is ${artifact.subVerdict.replaceAll('_', ' ')}`,
    caution: artifact.subVerdict.endsWith('administration_tool')
      ? 'Such tools are used by administrators and by intruders: ask whoever runs this endpoint whether it belongs there'
      : null,
    evidence: artifactEvidence([artifact]),
  }));
}

export interface Steps {
  readonly steps: readonly AdviceStep[];
  readonly leftOut: number;
}

/** What to do, in order; nothing that no evidence asks for. Pure. */
export function advise(facts: CaseFacts): Steps {
  const made = { isolate, save, stop, disable, remove, rotate, review };
  const groups = ORDER.map((kind) => made[kind](facts));
  const leftOut = groups.reduce((sum, asked) => sum + Math.max(0, asked.length - MOST_OF_A_KIND), 0);
  return { steps: groups.flatMap((asked) => asked.slice(0, MOST_OF_A_KIND).map((make) => make())), leftOut };
}
