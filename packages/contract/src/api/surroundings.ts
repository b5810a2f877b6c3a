import { z } from 'zod';
import { sha256Text } from '../scan/common.ts';
import { ARTIFACT_VERDICTS } from '../vocabulary.ts';

/** What a scan says beside processes and code: what starts by itself, its own account of what it sent, its cost. */

const started = z.object({
  path: z.string(),
  sha256: sha256Text,
  /** Of the file as code; null where it is none (a script), or its bytes were not judged. */
  verdict: z.enum(ARTIFACT_VERDICTS).nullable(),
});

const autorunEntry = z.object({
  category: z.string().nullable(),
  /** Where the entry lies: a registry key or a file. */
  entry: z.string().nullable(),
  value: z.string().nullable(),
  name: z.string().nullable(),
  user: z.string().nullable(),
  /** enabled, disabled, static or masked; null where the scanner does not say. */
  state: z.string().nullable(),
  files: z.array(started),
});

const taskEntry = z.object({
  name: z.string().nullable(),
  author: z.string().nullable(),
  state: z.string().nullable(),
  hidden: z.boolean().nullable(),
  when: z.string().nullable(),
  user: z.string().nullable(),
  actions: z.array(
    z.object({
      command: z.string().nullable(),
      arguments: z.string().nullable(),
      directory: z.string().nullable(),
      files: z.array(started),
    }),
  ),
});

const manifest = z.object({
  scannerVersion: z.string(),
  platform: z.string(),
  scannerSha256: sha256Text.nullable(),
  /** RFC 3339, by the endpoint's clock. */
  started: z.string(),
  ended: z.string(),
  private: z.boolean(),
  messages: z.int(),
  artifacts: z.int(),
  /** Artifacts that it does not list. */
  leftOut: z.int(),
  /** Messages it says it sent that were not received in that form, by route: none, unless something was lost or changed. */
  notReceived: z.array(z.object({ route: z.string(), sha256: sha256Text })),
});

export const scanSurroundings = z.object({
  /** Null where the scan has no such message: nothing is known, which is not none. */
  autoruns: z.array(autorunEntry).nullable(),
  scheduledTasks: z.array(taskEntry).nullable(),
  manifest: manifest.nullable(),
  /** The scanner's figures in its own units, by its names; null where it gave none. */
  metrics: z.record(z.string(), z.number()).nullable(),
  /** Entries beyond those that are listed. */
  leftOut: z.object({ autoruns: z.int(), scheduledTasks: z.int() }),
});
export type ScanSurroundings = z.infer<typeof scanSurroundings>;
