import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { field, type Reply, send } from './scan-client.ts';

/**
 * Speaks as the public clients do: every request has a JSON body, GET and DELETE too; the token comes from a pattern
 * over the compact answer; operations are polled at their `result_url`, relative to the API's root.
 */
export class PublicClient {
  readonly #url: string;
  readonly #key: string;
  #token = '';

  constructor(url: string, key: string) {
    this.#url = url;
    this.#key = key;
  }

  async signIn(): Promise<void> {
    const body = JSON.stringify({ api_key: this.#key });
    const headers = { 'content-type': 'application/json' };
    const reply = await send(`${this.#url}/api/v2-0/get-access-token`, { method: 'POST', headers, body });
    assert.equal(reply.status, 200, reply.text);
    this.#token = /"result":"([^"]*)/.exec(reply.text)?.[1] ?? '';
    assert.notEqual(this.#token, '');
  }

  async call(method: string, path: string, parameters: object = {}): Promise<Reply> {
    const headers = { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' };
    return await send(`${this.#url}/api/v2-0${path}`, { method, headers, body: JSON.stringify(parameters) });
  }

  /** The bytes that a GET with parameters answers. AssertionError where it is refused. */
  async download(path: string, parameters: object): Promise<Uint8Array<ArrayBuffer>> {
    const headers = { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' };
    const body = JSON.stringify(parameters);
    const reply = await send(`${this.#url}/api/v2-0${path}`, { method: 'GET', headers, body });
    assert.equal(reply.status, 200, reply.text);
    return new Uint8Array(reply.bytes);
  }

  /** A form, as Python's requests writes it. */
  async form(path: string, fields: Readonly<Record<string, string>>, name: string, bytes: Uint8Array): Promise<Reply> {
    const boundary = randomUUID().replaceAll('-', '');
    const part = (disposition: string) =>
      Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n`);
    const end = Buffer.from('\r\n');
    const body = Buffer.concat([
      ...Object.entries(fields).flatMap(([key, value]) => [part(`name="${key}"`), Buffer.from(value), end]),
      part(`name="file"; filename="${name}"`),
      bytes,
      end,
      Buffer.from(`--${boundary}--\r\n`),
    ]);
    const headers = {
      authorization: `Bearer ${this.#token}`,
      'content-type': `multipart/form-data; boundary=${boundary}`,
    };
    return await send(`${this.#url}/api/v2-0${path}`, { method: 'POST', headers, body });
  }

  /** Waits for an operation; `resultUrl` as the server gave it. */
  async result(resultUrl: unknown): Promise<Reply> {
    assert.equal(typeof resultUrl, 'string');
    for (const end = Date.now() + 60_000; Date.now() < end; await sleep(50)) {
      const reply = await this.call('GET', String(resultUrl));
      if (reply.status !== 202) return reply;
      assert.ok(['created', 'in_progress', 'queued', 'finished'].includes(String(field(reply.body, 'status'))));
    }
    throw new Error(`${String(resultUrl)} did not come to an end`);
  }

  /** Analyses bytes; the whole report. */
  async analyse(name: string, bytes: Uint8Array, fields: Readonly<Record<string, string>> = {}): Promise<unknown> {
    const begun = await this.form('/analyze', fields, name, bytes);
    assert.equal(begun.status, 201, begun.text);
    const url = field(begun.body, 'result_url');
    assert.match(String(url), /^\/analyses\/[0-9a-f-]{36}$/);
    const done = await this.result(url);
    assert.equal(done.status, 200, done.text);
    assert.equal(field(done.body, 'status'), 'succeeded', done.text);
    return field(done.body, 'result');
  }
}
