import { createHmac } from 'node:crypto';
import { type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { type BlockList, isIP } from 'node:net';
import { guardedAddress } from '../../platform/guarded-address.ts';
import type { Message } from './message.ts';

const TIMEOUT = 10_000;

export interface Webhook {
  readonly url: string;
  /** `whsec_` and base64. */
  readonly secret: string;
  readonly ca?: string | undefined;
}

/** Standard Webhooks, version 1: what is signed is `id.seconds.body`. */
function signatureOf(secret: string, id: string, seconds: number, body: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`;
}

function post(secure: boolean, options: RequestOptions & { readonly ca?: string }, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = (secure ? requestHttps : requestHttp)(options, (incoming) => {
      incoming.resume();
      incoming.once('end', () => resolve(incoming.statusCode ?? 0));
      incoming.once('error', reject);
    });
    const timer = setTimeout(() => outgoing.destroy(new Error(`no answer within ${TIMEOUT / 1_000} s`)), TIMEOUT);
    outgoing.once('close', () => clearTimeout(timer)).once('error', reject);
    outgoing.end(body);
  });
}

/** Throws an Error unless the receiver took it. Redirects are not followed: they could lead anywhere. */
export async function sendWebhook(webhook: Webhook, message: Message, allowed: BlockList): Promise<void> {
  const url = new URL(webhook.url);
  const secure = url.protocol === 'https:';
  const host = await guardedAddress(url.hostname, allowed);
  const body = JSON.stringify({
    type: message.event,
    timestamp: message.at.toISOString(),
    data: { severity: message.severity, text: message.text, ...Object(message.details) },
  });
  const seconds = Math.floor(Date.now() / 1_000);
  const status = await post(
    secure,
    {
      host,
      port: url.port === '' ? (secure ? 443 : 80) : url.port,
      path: `${url.pathname}${url.search}`,
      method: 'POST',
      agent: false,
      ...(secure && isIP(url.hostname.replace(/^\[(.*)\]$/, '$1')) === 0 ? { servername: url.hostname } : {}),
      ...(webhook.ca === undefined ? {} : { ca: webhook.ca }),
      headers: {
        host: url.host,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'genehound',
        'webhook-id': message.id,
        'webhook-timestamp': String(seconds),
        'webhook-signature': signatureOf(webhook.secret, message.id, seconds, body),
      },
    },
    body,
  );
  if (status < 200 || status > 299) throw new Error(`the receiver answered ${status}`);
}
