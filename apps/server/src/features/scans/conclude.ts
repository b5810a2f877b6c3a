import { stringifyJson } from '@genehound/contract';
import { judgeScan, namedFamilies, RULES } from '@genehound/genes';
import { inTransaction, type Tx } from '../../platform/database.ts';
import { fault } from '../../platform/fault.ts';
import { Turns } from '../../platform/turns.ts';
import { REJUDGE_RULES } from '../analysis/jobs.ts';
import { artifactKey, signatureProblems, verdictsOf } from '../analysis/read.ts';
import { type ClaimedIdentity, type EndpointRef, findEndpoint, resolveEndpoint } from '../endpoints/read.ts';
import type { KnowingContext } from '../genome/read.ts';
import { findHunt } from '../hunts/read.ts';
import { SWEEP_UNKNOWN } from '../unknown/jobs.ts';
import { buildReport, countVerdicts, processNodes, processPaths, scanInput } from './build-report.ts';
import * as store from './conclude-store.ts';
import { coverageOf, type ScanProblem } from './coverage.ts';
import { documentReader, lostMessages, type ScanDocument } from './document.ts';
import { trustHooks } from './hook-targets.ts';
import type { JudgedSeen } from './judged.ts';
import { packDocument, readParts } from './parts-store.ts';
import { layoutFinder, type SeenArtifact, seenArtifacts } from './places.ts';
import type { ScanBody } from './read.ts';
import { lockScan, type ScanRef } from './store.ts';
import { surroundingsOf } from './surroundings.ts';
import { tellThreat } from './tell-threat.ts';

function identityOf(document: ScanDocument, address: string | null): ClaimedIdentity {
  const { host, identity } = document;
  return {
    machineId: identity?.machine_id ?? host?.machine_id ?? null,
    hardwareId: identity?.hardware_uuid ?? null,
    hostName: identity?.host_name ?? host?.computer_name ?? null,
    domain: identity?.domain ?? null,
    operatingSystem: host?.os_version ?? null,
    address,
  };
}

const NEVER_CAME = 'The bytes were asked for and never came';

/** No code to judge: what was found about it makes it suspicious, else it is unknown. */
function withoutCode(seen: SeenArtifact, why: readonly string[], missing: boolean, failed: boolean): JudgedSeen {
  const found = seen.findings.map((finding) => finding.kind);
  const verdict = found.length > 0 ? 'suspicious' : 'unknown';
  const reasons = found.length > 0 ? [`Found here: ${[...new Set(found)].join(', ')}`, ...why] : why;
  return {
    seen,
    verdict,
    subVerdict: verdict,
    evidence: null,
    families: [],
    why: reasons,
    missing,
    failed,
    rules: RULES,
  };
}

/** Which hooks lead into trusted code is known only once the files have their verdicts. */
async function settleHooks(
  context: KnowingContext,
  organisation: string,
  document: ScanDocument,
  seen: readonly SeenArtifact[],
): Promise<readonly SeenArtifact[]> {
  const targets = new Set(document.findings.flatMap((finding) => finding.leads_to ?? []));
  if (targets.size === 0) return seen;
  const files = seen.filter(
    ({ layout, places }) => layout === 'file' && places.some(({ path }) => path !== null && targets.has(path)),
  );
  const verdicts = await verdictsOf(context, organisation, files);
  return trustHooks(
    seen,
    document.findings,
    (sha256) => verdicts.get(artifactKey(sha256, 'file'))?.judgement?.verdict ?? null,
  );
}

async function judge(
  context: KnowingContext,
  organisation: string,
  seen: readonly SeenArtifact[],
  known: ReadonlySet<string>,
): Promise<readonly JudgedSeen[]> {
  const verdicts = await verdictsOf(
    context,
    organisation,
    seen.filter((artifact) => known.has(artifactKey(artifact.sha256, artifact.layout))),
  );
  return seen.map((artifact): JudgedSeen => {
    const key = artifactKey(artifact.sha256, artifact.layout);
    const found = verdicts.get(key);
    if (!known.has(key) || found === undefined) return withoutCode(artifact, [NEVER_CAME], true, false);
    const failed = found.state === 'failed';
    if (found.judgement === null)
      return withoutCode(artifact, [found.problem ?? 'It could not be analysed'], false, failed);
    const { verdict, subVerdict, evidence } = found.judgement;
    return {
      seen: artifact,
      verdict,
      subVerdict,
      evidence,
      families: namedFamilies(found.judgement),
      why: evidence.reasons,
      missing: false,
      failed,
      rules: found.rules,
    };
  });
}

interface Judged {
  readonly document: ScanDocument;
  readonly seen: readonly SeenArtifact[];
  readonly artifacts: readonly JudgedSeen[];
  readonly problems: readonly ScanProblem[];
  /** Messages that were refused, or cannot be read. */
  readonly lost: readonly string[];
  readonly generations: { readonly global: number; readonly organisation: number };
}

async function documentOf(context: KnowingContext, ref: ScanRef): Promise<ScanDocument> {
  const reader = documentReader();
  for await (const part of readParts(context.db, ref.organisation, ref.id)) reader.take(part);
  return reader.finish();
}

async function judgeArtifacts(context: KnowingContext, ref: ScanRef): Promise<Judged> {
  const { db } = context;
  const document = await documentOf(context, ref);
  const hashes = [...document.files, ...document.dumps, ...document.regions, ...document.findings].flatMap(
    (item) => item.sha256 ?? [],
  );
  const rows = await store.findKnown(db, ref.organisation, hashes);
  const known = new Set(rows.map((row) => artifactKey(row.sha256, row.layout)));
  const { artifacts: placed, leftOut } = seenArtifacts(document, layoutFinder(rows));
  const seen = await settleHooks(context, ref.organisation, document, placed);
  const generations = await store.readGenerations(db, ref.organisation);
  const artifacts = await judge(context, ref.organisation, seen, known);
  const refused = await store.findProblems(db, ref);
  const unexamined = (await signatureProblems(db, ref.organisation, hashes)).filter((row) =>
    artifacts.some(({ seen: { sha256, layout } }) => sha256 === row.sha256 && layout === row.layout),
  );
  const missing = artifacts.filter((artifact) => artifact.missing);
  const problems: ScanProblem[] = [
    ...refused.map(({ code, message }) => ({ code, message })),
    ...document.unreadable.map((part) => ({ code: 'internal', message: `The stored message ${part} cannot be read` })),
    ...leftOut.map((message) => ({ code: 'limit', message })),
    ...unexamined.map(({ sha256, layout, problem }) => ({
      code: 'internal',
      message: `Code-sequence rules could not be run over ${layout} ${sha256}: ${problem}`,
    })),
    ...missing.map(({ seen: { sha256, layout, places } }) => ({
      code: 'missing_bytes',
      message: `${NEVER_CAME}: ${layout} ${sha256} (${places[0]?.path ?? 'memory'})`,
    })),
  ];
  const lost = lostMessages(
    document,
    refused.map((problem) => problem.about),
  );
  const unread = document.unreadable.map((part) => `${part} (it cannot be read)`);
  return { document, seen, artifacts, problems, lost: [...lost, ...unread], generations };
}

async function save(
  context: KnowingContext,
  tx: Tx,
  ref: ScanRef,
  scan: store.EndedScan,
  judged: Judged,
): Promise<void> {
  const { document, artifacts } = judged;
  const endpoint: EndpointRef =
    (scan.endpointId === null ? null : await findEndpoint(tx, ref.organisation, scan.endpointId)) ??
    (await resolveEndpoint(tx, ref.organisation, identityOf(document, scan.address)));
  const hunt = scan.huntId === null ? null : await findHunt(tx, ref.organisation, scan.huntId);
  const coverage = coverageOf(document, processPaths(document), judged.problems);
  const { verdict, families, reasons, incomplete } = judgeScan(
    scanInput(document, artifacts, coverage, { reason: scan.endReason, lost: judged.lost }),
  );
  const finishedAt = scan.finishedAt ?? new Date();
  const report = buildReport(document, artifacts, coverage, {
    scanId: ref.id,
    endpoint,
    hunt,
    verdict,
    families: [...families],
    reasons: [...reasons],
    times: {
      createdAt: scan.createdAt.toISOString(),
      endedAt: scan.endedAt?.toISOString() ?? null,
      finishedAt: finishedAt.toISOString(),
    },
  });
  const all = artifacts.map(({ seen, verdict: own, subVerdict }) => ({
    sha256: seen.sha256,
    layout: seen.layout,
    verdict: own,
    subVerdict,
    places: seen.places.slice(0, 100).map(({ pid, path }) => ({ pid, path })),
  }));
  const surroundings = surroundingsOf(document, artifacts);
  const body: ScanBody = { report, processes: [...processNodes(document, artifacts)], artifacts: all, surroundings };
  await store.replaceSightings(tx, ref, artifacts);
  if (scan.state === 'analysing') await store.noteEndpoint(tx, ref, endpoint.id, judged.seen);
  const rules = artifacts.reduce((oldest, one) => Math.min(oldest, one.rules), RULES);
  await store.saveConclusion(tx, ref, {
    endpointId: endpoint.id,
    verdict,
    families,
    counts: countVerdicts(artifacts),
    document: await packDocument(stringifyJson(body)),
    gaps: incomplete,
    finishedAt,
    generations: judged.generations,
    rules,
  });
  // The past is being judged by other rules just now, and may have passed by this scan already.
  if (scan.state === 'analysing' && rules < RULES) await context.jobs.enqueue(tx, REJUDGE_RULES, [{ rules: RULES }]);
  context.live.publish(tx, ref.organisation, { kind: 'scan', scanId: ref.id, state: 'done', huntId: scan.huntId });
  await tellThreat(context, tx, ref, scan, { verdict, families, endpoint });
  await context.jobs.enqueue(tx, SWEEP_UNKNOWN, [{ organisation: ref.organisation }]);
  context.log.info({ scan: ref.id, verdict, artifacts: artifacts.length }, 'scan judged');
}

async function concludeNow(context: KnowingContext, ref: ScanRef): Promise<void> {
  const scan = await store.findEnded(context.db, ref);
  if (scan === null || (scan.state !== 'analysing' && scan.state !== 'done')) return;
  if (scan.state === 'analysing' && (await store.countPending(context.db, ref)) > 0) return;
  const judged = await judgeArtifacts(context, ref);
  fault('scan:before-verdict');
  await inTransaction(context.db, async (tx) => {
    const state = await lockScan(tx, ref);
    if (state === scan.state) await save(context, tx, ref, scan, judged);
  });
  fault('scan:after-verdict');
}

const turns = new Turns();

/**
 * Judges a scan that has ended, once nothing of it waits for analysis; judges it again, in the same way, when
 * knowledge changed. Idempotent: everything is recomputed from what was stored. Two judgements of one scan take turns:
 * each would be right by what it read, and the one that read first must not be what is kept.
 */
export async function concludeScan(context: KnowingContext, ref: ScanRef): Promise<void> {
  await turns.take(`${ref.organisation}/${ref.id}`, () => concludeNow(context, ref));
}
