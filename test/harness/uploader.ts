import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Server } from './server.ts';

const created = z.looseObject({ result: z.looseObject({ scan_id: z.uuid(), analysis_id: z.uuid() }) });
const token = z.looseObject({ result: z.string().min(1) });

export type Body = NonNullable<RequestInit['body']>;

/** One scan that is delivered by hand, so that a test can send what no scanner would. */
export interface Uploader {
  readonly analysisId: string;
  /** Sends one body to a route below the scan and returns the status; 0 where the connection was cut. */
  send(
    route: string,
    body: Body,
    headers?: Readonly<Record<string, string>>,
  ): Promise<{ status: number; text: string }>;
  /** The same with a JSON value. */
  message(route: string, value: unknown): Promise<{ status: number; text: string }>;
}

/** Gets a token and creates a scan. Throws Error where the server refuses either. */
export async function beginUpload(server: Server, key: string): Promise<Uploader> {
  const json = { 'content-type': 'application/json' };
  const asked = await fetch(`${server.url}/api/v2-0/get-access-token`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ api_key: key }),
  });
  const bearer = token.parse(await asked.json()).result;
  const authorization = { authorization: `Bearer ${bearer}` };
  const made = await fetch(`${server.url}/api/scans`, {
    method: 'POST',
    headers: { ...json, ...authorization },
    body: JSON.stringify({
      scan_type: 'endpoint_scan',
      analysis_id: randomUUID(),
      scanner_info: { pid: 1 },
      start_time: 1_790_000_000,
    }),
  });
  if (made.status !== 201) throw new Error(`POST /api/scans answered ${made.status}: ${await made.text()}`);
  const { scan_id, analysis_id } = created.parse(await made.json()).result;
  const send: Uploader['send'] = async (route, body, headers = {}) => {
    const answer = await fetch(`${server.url}/scans/scans/${scan_id}/${route}`, {
      method: 'POST',
      headers: { ...authorization, ...headers },
      body,
    }).catch(() => undefined);
    return answer === undefined ? { status: 0, text: '' } : { status: answer.status, text: await answer.text() };
  };
  return { analysisId: analysis_id, send, message: (route, value) => send(route, JSON.stringify(value), json) };
}
