import { z } from 'zod';
import { PUBLIC_SCAN_VERDICTS } from '../vocabulary.ts';
import { id, page, time } from './resources.ts';

/** Hunts, their rounds, and who of their targets has reported. */

/** waiting: open, and nobody has come; the operator's own tool has to start the scanner. */
export const ROUND_STATES = ['planned', 'waiting', 'reporting', 'ended'] as const;

/**
 * Where a target stands in a round. expected and missing: no scan, before and after the round's end. conflicting: more
 * scans than the hunt admits, or several machines with the target's name. unexpected: no target of the hunt.
 */
export const TARGET_STATES = [
  'expected',
  'running',
  'done',
  'incomplete',
  'failed',
  'missing',
  'unsupported',
  'conflicting',
  'unexpected',
] as const;

export const huntRound = z.object({
  number: z.int(),
  opensAt: time,
  /** null: until the hunt is closed. */
  closesAt: time.nullable(),
  state: z.enum(ROUND_STATES),
  scans: z.int(),
});

/** When rounds begin: five fields of cron in an IANA time zone; each is open for `hours`. */
export const huntSchedule = z.object({
  cron: z.string().min(9).max(200),
  timeZone: z.string().min(1).max(100),
  hours: z.number().positive().max(8_760),
});

/** As the operator of the server calls it. */
export const runnerName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,49}$/);

/** What the scanner is to keep to, written into the hunt's kits; absent: its own defaults. */
export const huntLimits = z.object({
  cpuPercent: z.int().min(1).max(100).optional(),
  memoryMb: z.int().min(32).max(4_096).optional(),
  timeoutSeconds: z.int().min(10).max(86_400).optional(),
  maxUploadMb: z.int().min(1).max(1_000_000).optional(),
  maxRateMb: z.int().min(1).max(10_000).optional(),
});

export const hunt = z.object({
  id,
  name: z.string(),
  owner: z.string(),
  createdAt: time,
  closedAt: time.nullable(),
  /** Whoever comes is welcome; else a scan of no target is unexpected. */
  anyone: z.boolean(),
  targets: z.int(),
  scans: z.int(),
  /** one: a second whole scan of an endpoint in a round is conflicting. */
  scansPerEndpoint: z.enum(['one', 'any']),
  schedule: huntSchedule.nullable(),
  nextRoundAt: time.nullable(),
  limits: huntLimits,
  /** The operator's command that starts the scanners when a round begins; null: whoever is told of it. */
  runner: z.string().nullable(),
  /** The newest; null where the first is still to come. */
  round: huntRound.nullable(),
});
export const huntList = z.object({ items: z.array(hunt) });

/** A host name, with or without its domain, a machine id, or an address. */
const targetName = z.string().trim().min(1).max(512);
const target = z.object({ name: targetName, group: z.string().min(1).max(200).optional() });
/** A body stays below the limit of JSON; more are added by further calls. */
const targets = z.array(z.union([targetName, target])).max(100_000);

export const newHunt = z.object({
  name: z.string().min(1).max(200),
  /** None: whoever comes. */
  targets,
  anyone: z.boolean().default(false),
  owner: z.string().max(200).default(''),
  scansPerEndpoint: z.enum(['one', 'any']).default('one'),
  opensAt: z.iso.datetime().optional(),
  closesAt: z.iso.datetime().optional(),
  schedule: huntSchedule.optional(),
  limits: huntLimits.default({}),
  /** One of those that the operator of the server has named for the organisation. */
  runner: runnerName.optional(),
});

export const changedTargets = z.object({
  add: targets.default([]),
  remove: z.array(targetName).max(100_000).default([]),
});
export const newRound = z.object({ hours: z.number().positive().max(8_760).optional() });
export const roundList = z.object({ items: z.array(huntRound) });

export const roundQuery = z.object({
  /** The newest where absent. */
  round: z.coerce.number().int().positive().optional(),
});
export const coverage = z.object({
  round: huntRound,
  counts: z.record(z.enum(TARGET_STATES), z.int()),
  /** Targets that reported, 0 to 1; null where whoever comes is welcome. */
  share: z.number().nullable(),
  /** Endpoints by verdict, the worst of the round each. */
  verdicts: z.record(z.enum(PUBLIC_SCAN_VERDICTS), z.int()),
  /** How many endpoints had reported by then. */
  timeline: z.array(z.object({ at: time, reported: z.int() })),
});

export const targetQuery = page.extend({
  round: z.coerce.number().int().positive().optional(),
  state: z.enum(TARGET_STATES).optional(),
  group: z.string().min(1).max(200).optional(),
  /** A part of the name, in any case. */
  search: z.string().min(1).max(200).optional(),
});
export const targetRow = z.object({
  name: z.string(),
  group: z.string().nullable(),
  state: z.enum(TARGET_STATES),
  /** Sentences: what is missing, or what conflicts. */
  reasons: z.array(z.string()),
  endpoint: z.object({ id, name: z.string() }).nullable(),
  scanId: id.nullable(),
  verdict: z.enum(PUBLIC_SCAN_VERDICTS).nullable(),
  /** When it reported last. */
  at: time.nullable(),
});
export const targetList = z.object({ items: z.array(targetRow), nextCursor: z.string().nullable() });

/** Who carries the scanner to the endpoints. */
export const KIT_TOOLS = [
  'scripts',
  'ssh',
  'winrm',
  'ansible',
  'puppet',
  'chef',
  'sccm',
  'intune',
  'gpo',
  'kace',
  'jumpcloud',
  'automox',
  'edr',
] as const;

/** Roll-out files for a hunt, with a key of their own that delivers scans of this hunt and nothing else. */
export const newKit = z.object({
  tool: z.enum(KIT_TOOLS).default('scripts'),
  /** The server as endpoints reach it, or a collector. */
  url: z.url({ protocol: /^https?$/ }).max(500),
  /** Seconds that its key is valid; without it until the hunt closes, thirty days at most. */
  expiresIn: z.int().positive().max(315_360_000).optional(),
  /** A scan begins within this time, at random, so that not all come at once. */
  jitterMinutes: z.int().min(0).max(1_440).default(10),
  /** Before this many hours a machine is not scanned again. */
  everyHours: z.int().min(1).max(8_760).default(20),
  /** inside: the archive holds the scanners; download: the scripts fetch them from the server. */
  scanner: z.enum(['inside', 'download']).default('inside'),
});
