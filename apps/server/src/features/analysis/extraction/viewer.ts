import { spawn } from 'node:child_process';
import { pipeline } from 'node:stream/promises';
import type { z } from 'zod';
import { type Confinement, confine, VIEW_CHILD } from './confinement.ts';
import type { Source } from './extractor.ts';
import { QUESTION_HEADER, VIEW_ANSWER_LIMIT, type ViewAsked } from './view-messages.ts';

/** What became of a question. `gone`: the bytes are not stored. */
export type View<T> =
  | { readonly kind: 'seen'; readonly answer: T }
  | { readonly kind: 'gone' }
  | { readonly kind: 'broken'; readonly reason: string };

/** Milliseconds: loading the libraries takes 300 on a quiet machine, a megabyte of artifact 25. */
const timeLimit = (bytes: number): number => 30_000 + Math.ceil(bytes / 1_000);
/** Children at a time: people wait for these, one page each. */
const AT_ONCE = 2;
const LAST_WORDS = 2_048;

/** Asks a confined child about an artifact. Each question gets a child of its own, so that none reads for two owners. */
export class Viewer {
  #confinement: Confinement | null;
  #running = 0;
  readonly #queue: (() => void)[] = [];
  readonly #kill = new Set<() => void>();
  readonly #limit: (bytes: number) => number;
  #isClosed = false;

  /** Both are for tests: how the child is started, and how long it may take. */
  constructor(confinement: Confinement | null = null, limit = timeLimit) {
    this.#confinement = confinement;
    this.#limit = limit;
  }

  /** `schema`: what an answer must be; nothing else is believed. */
  async ask<T extends z.ZodType>(source: Source, question: ViewAsked, schema: T): Promise<View<z.output<T>>> {
    await this.#turn();
    try {
      if (this.#isClosed) return { kind: 'broken', reason: 'The server stops' };
      return await this.#once(source, question, schema);
    } finally {
      // Whoever waits gets this very place: given back first, it might be taken twice.
      const next = this.#queue.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const kill of this.#kill) kill();
  }

  async #turn(): Promise<void> {
    if (this.#running < AT_ONCE) this.#running++;
    else await new Promise<void>((resolve) => this.#queue.push(resolve));
  }

  async #once<T extends z.ZodType>(source: Source, question: ViewAsked, schema: T): Promise<View<z.output<T>>> {
    const stream = await source.open();
    if (stream === null) return { kind: 'gone' };
    this.#confinement ??= confine(VIEW_CHILD);
    const { command, args } = this.#confinement;
    const child = spawn(command, args, { env: {}, cwd: '/', stdio: ['pipe', 'pipe', 'pipe'] });
    let reason: string | null = null;
    const end = (why: string) => (): void => {
      reason ??= why;
      child.kill('SIGKILL');
    };
    const stop = end('The server stops');
    this.#kill.add(stop);
    const limit = this.#limit(source.size);
    const timer = setTimeout(end(`It took longer than ${limit} ms`), limit);
    const said: Buffer[] = [];
    let size = 0;
    let lastWords = '';
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > VIEW_ANSWER_LIMIT) end('Its answer is too long')();
      else said.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      lastWords = (lastWords + chunk.toString('latin1')).slice(-LAST_WORDS);
    });
    const exit = new Promise<number | null>((resolve) => {
      child.on('error', (error) => {
        reason ??= `It could not be started: ${error.message}`;
        resolve(null);
      });
      child.on('close', resolve);
    });
    // A write that fails is told by the child's exit.
    child.stdin.on('error', () => undefined);
    const text = Buffer.from(JSON.stringify({ ...question, size: source.size }));
    const header = Buffer.alloc(QUESTION_HEADER);
    header.writeUInt32LE(text.length);
    child.stdin.write(Buffer.concat([header, text]), () => undefined);
    // Of a child that ended its exit tells.
    await pipeline(stream, child.stdin).catch(() => undefined);
    const status = await exit;
    clearTimeout(timer);
    this.#kill.delete(stop);
    if (reason !== null || status !== 0) return { kind: 'broken', reason: reason ?? endOf(status, lastWords) };
    return believe(Buffer.concat(said), schema);
  }
}

function endOf(status: number | null, lastWords: string): string {
  const [word = ''] = lastWords.split('\n').filter((line) => /^\w*Error\b/.test(line));
  const how = status === null ? 'It was ended' : `It ended with status ${status}`;
  return word === '' ? how : `${how}: ${word.slice(0, 200)}`;
}

function believe<T extends z.ZodType>(body: Buffer, schema: T): View<z.output<T>> {
  try {
    const parsed = schema.safeParse(JSON.parse(body.toString('utf8')));
    if (parsed.success) return { kind: 'seen', answer: parsed.data };
  } catch {
    // No JSON: the same as any other answer that is none.
  }
  return { kind: 'broken', reason: 'Its answer is not one' };
}
