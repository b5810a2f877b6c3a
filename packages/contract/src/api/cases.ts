import { z } from 'zod';
import { sha256Text } from '../scan/common.ts';
import { LAYOUTS } from '../vocabulary.ts';
import { id, page, time } from './resources.ts';

/** The work on an endpoint, or on one artifact of it: status, who does it, what they say. */

export const CASE_STATES = ['new', 'investigating', 'contained', 'closed'] as const;
export type CaseState = (typeof CASE_STATES)[number];

const caseArtifact = z.object({ sha256: sha256Text, layout: z.enum(LAYOUTS) });

const caseSummary = z.object({
  id,
  endpoint: z.object({ id, name: z.string() }),
  /** The finding that it is about; null: the endpoint as a whole. */
  artifact: caseArtifact.nullable(),
  state: z.enum(CASE_STATES),
  assignee: z.string().nullable(),
  comments: z.int(),
  createdAt: time,
  updatedAt: time,
});

const caseEvent = z.object({
  id,
  kind: z.enum(['comment', 'state', 'assignee']),
  /** The comment, or what is so from now on; null: nobody is assigned any more. */
  value: z.string().nullable(),
  by: z.string(),
  at: time,
});

/** `events` oldest first, the 500 last. */
export const caseDetails = caseSummary.extend({ events: z.array(caseEvent) });

export const caseQuery = page.extend({
  state: z.enum(CASE_STATES).optional(),
  assignee: z.string().min(1).max(200).optional(),
  endpointId: id.optional(),
});
/** Last changed first. */
export const caseList = z.object({ items: z.array(caseSummary), nextCursor: z.string().nullable() });

/** What is left out stays as it is. A case that is not there is made. */
export const caseChange = z
  .object({
    endpointId: id,
    artifact: caseArtifact.optional(),
    state: z.enum(CASE_STATES).optional(),
    assignee: z.string().trim().min(1).max(200).nullable().optional(),
    comment: z.string().trim().min(1).max(10_000).optional(),
  })
  .refine(({ state, assignee, comment }) => state !== undefined || assignee !== undefined || comment !== undefined, {
    message: 'Give a state, an assignee or a comment',
  });

/** What people know of a family. Written by this organisation, also about global families; others do not see it. */
export const familyFacts = z.object({
  aliases: z.array(z.string().trim().min(1).max(200)).max(50),
  links: z
    .array(z.object({ title: z.string().trim().min(1).max(300), url: z.url({ protocol: /^https?$/ }).max(2_000) }))
    .max(50),
  notes: z.string().max(20_000),
});
export const newFamilyFacts = familyFacts.partial();
export const familyFactsAnswer = familyFacts.extend({ updatedBy: z.string().nullable(), updatedAt: time.nullable() });

/** A ZIP: report as HTML and JSON, advice, and, unless it is left out, the accused code under the password "infected". */
export const newExport = z.object({ code: z.boolean().default(true) });
