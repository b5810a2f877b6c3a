import { z } from 'zod';
import { id, page, time } from './resources.ts';

/** Who is told when something happens, by which channel, and what became of each message. */

export const EVENTS = ['threat.found', 'round.due', 'round.ended', 'search.hit', 'digest.weekly', 'test'] as const;
/** From the least. */
export const SEVERITIES = ['information', 'warning', 'critical'] as const;

const host = z.string().trim().min(1).max(253);
const port = z.int().min(1).max(65_535);
/** PEM of the authority that signed the other side's certificate: then no other is trusted. */
const ca = z.string().max(100_000).optional();

const webhook = z.object({ kind: z.literal('webhook'), url: z.url({ protocol: /^https?$/ }).max(2_000), ca });
const email = z.object({
  kind: z.literal('email'),
  host,
  port,
  /** tls: from the first byte; starttls: demanded before anything is said; none: in the clear. */
  security: z.enum(['tls', 'starttls', 'none']).default('starttls'),
  user: z.string().max(300).optional(),
  password: z.string().max(1_000).optional(),
  from: z.email(),
  to: z.array(z.email()).min(1).max(50),
  ca,
});
/** RFC 5424 over TCP, messages counted by octets (RFC 6587, RFC 5425). */
const syslog = z.object({ kind: z.literal('syslog'), host, port, tls: z.boolean().default(true), ca });

export const newChannel = z.object({
  name: z.string().min(1).max(200),
  to: z.discriminatedUnion('kind', [webhook, email, syslog]),
  events: z.array(z.enum(EVENTS)).min(1).default(['threat.found', 'round.due', 'round.ended', 'search.hit']),
  /** Nothing below it is told. */
  severity: z.enum(SEVERITIES).default('information'),
  /** Only what happens in this hunt. */
  huntId: id.optional(),
});
export const channel = z.object({
  id,
  name: z.string(),
  kind: z.enum(['webhook', 'email', 'syslog']),
  /** Where it leads, without what is secret. */
  address: z.string(),
  events: z.array(z.enum(EVENTS)),
  severity: z.enum(SEVERITIES),
  huntId: id.nullable(),
  createdAt: time,
  createdBy: z.string(),
});
/** `secret` signs webhooks (Standard Webhooks) and is shown this once; null for other kinds. */
export const addedChannel = channel.extend({ secret: z.string().nullable() });
export const channelList = z.object({ items: z.array(channel) });

export const notification = z.object({
  id,
  channelId: id,
  channel: z.string(),
  event: z.enum(EVENTS),
  severity: z.enum(SEVERITIES),
  /** One sentence. */
  text: z.string(),
  createdAt: time,
  state: z.enum(['queued', 'sent', 'failed']),
  tries: z.int(),
  problem: z.string().nullable(),
  sentAt: time.nullable(),
});
export const notificationQuery = page.extend({ channelId: id.optional() });
export const notificationList = z.object({ items: z.array(notification), nextCursor: z.string().nullable() });
