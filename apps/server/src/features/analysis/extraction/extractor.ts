import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { Layout } from '@genehound/contract';
import type { Confinement } from './confinement.ts';
import { FrameReader } from './frame-reader.ts';
import { answerLimit, type Extracted, questionHeader, readAnswer } from './frames.ts';

/** What became of one artifact in a child. `broken`: the child is gone, and nothing is known of the artifact. */
export type Outcome =
  | { readonly kind: 'extracted'; readonly extracted: Extracted }
  | { readonly kind: 'broken'; readonly reason: string };

/** Milliseconds for one artifact: honest code takes 25 per megabyte. */
function timeLimit(bytes: number): number {
  return 20_000 + Math.ceil(bytes / 1_000);
}

/** Artifacts for one child: what one that was taken over could lie about, and memory that the parser kept. */
const JOBS_PER_CHILD = 100;
/**
 * Bytes of an artifact behind which the child goes: what it needed is not all given back, and two of the largest have no
 * room below the ceiling on its address space.
 */
export const LAST_OF_CHILD = 2 ** 26;
/** Bytes of its last words. */
const STDERR_KEPT = 2_048;

/** The bytes of one artifact, opened when a child is free: they pass through, and are never whole in memory. */
export interface Source {
  /** Bytes that the stream has, no more and no less. */
  readonly size: number;
  /** null where they are gone. */
  open(): Promise<Readable | null>;
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

interface Waiting {
  readonly size: number;
  readonly limit: number;
  readonly resolve: (outcome: Outcome) => void;
  readonly timer: NodeJS.Timeout;
}

/** Resolves when the pipe took it, rejects when the child does not read any more. */
function write(child: Child, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdin.write(bytes, (error) => (error === null || error === undefined ? resolve() : reject(error)));
  });
}

/** One child at a time, started when needed, replaced when it breaks. Takes one artifact at a time. */
export class Extractor {
  readonly #confinement: Confinement;
  readonly #onBroken: (reason: string, lastWords: string) => void;
  #child: Child | null = null;
  #reader = new FrameReader();
  #lastWords = '';
  #waiting: Waiting | null = null;
  #jobs = 0;
  #owner = '';

  /** `onBroken` hears of children that ended by themselves or had to be ended. */
  constructor(confinement: Confinement, onBroken: (reason: string, lastWords: string) => void) {
    this.#confinement = confinement;
    this.#onBroken = onBroken;
  }

  get owner(): string {
    return this.#owner;
  }

  /** Its child knows an artifact of the owner's. */
  get hasRead(): boolean {
    return this.#child !== null && this.#jobs > 0;
  }

  /** Whose artifacts come next. A child that read another owner's goes, since it might have been taken over. */
  serve(owner: string): void {
    if (owner !== this.#owner && this.hasRead && this.#child !== null) this.#retire(this.#child);
    this.#owner = owner;
  }

  /** Starts the child ahead of its first artifact: that takes half a second. */
  prepare(): void {
    this.#start();
  }

  /** null where the source has no bytes. */
  async extract(
    source: Source,
    layout: Layout,
    milliseconds: number = timeLimit(source.size),
  ): Promise<Outcome | null> {
    if (this.#waiting !== null) throw new Error('An extractor takes one artifact at a time');
    const stream = await source.open();
    if (stream === null) return null;
    const child = this.#start();
    this.#jobs += 1;
    return await new Promise((resolve) => {
      const timer = setTimeout(() => this.#break(child, `It took longer than ${milliseconds} ms`), milliseconds);
      this.#waiting = { size: source.size, limit: answerLimit(source.size), resolve, timer };
      void this.#send(child, stream, questionHeader(layout, source.size), source.size);
    });
  }

  /** Ends the child; an artifact in work is answered as broken. */
  close(): void {
    if (this.#child !== null) this.#retire(this.#child);
    this.#settle({ kind: 'broken', reason: 'The server stops' });
  }

  async #send(child: Child, stream: Readable, header: Buffer, size: number): Promise<void> {
    let sent = 0;
    try {
      await write(child, header);
      for await (const chunk of stream) {
        const bytes: Buffer = chunk;
        sent += bytes.length;
        await write(child, bytes);
      }
      if (sent !== size) this.#break(child, `It got ${sent} bytes in place of ${size}`);
    } catch (error) {
      // Of a child that ended its exit has told already; then this changes nothing.
      this.#break(child, `Its bytes could not be sent: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #start(): Child {
    if (this.#child !== null) return this.#child;
    const { command, args } = this.#confinement;
    const child: Child = spawn(command, args, { env: {}, cwd: '/', stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child = child;
    this.#reader = new FrameReader();
    this.#lastWords = '';
    this.#jobs = 0;
    child.stdout.on('data', (chunk: Buffer) => this.#receive(child, chunk));
    child.stderr.on('data', (chunk: Buffer) => {
      this.#lastWords = (this.#lastWords + chunk.toString('latin1')).slice(-STDERR_KEPT);
    });
    // A child that died does not read; its exit tells why.
    child.stdin.on('error', () => undefined);
    child.on('error', (error) => this.#break(child, `It could not be started: ${error.message}`));
    child.on('exit', (code, signal) =>
      this.#break(child, `It ended ${signal === null ? `with status ${code}` : `by ${signal}`}`),
    );
    return child;
  }

  #receive(child: Child, chunk: Buffer): void {
    if (child !== this.#child) return;
    const waiting = this.#waiting;
    if (waiting === null) {
      this.#break(child, 'It spoke without being asked');
      return;
    }
    this.#reader.push(chunk);
    const body = this.#reader.take(waiting.limit);
    if (body === null) return;
    const extracted = body === 'too-large' || this.#reader.pending > 0 ? null : readAnswer(body);
    if (extracted === null) {
      this.#break(child, 'Its answer is not one');
      return;
    }
    this.#settle({ kind: 'extracted', extracted });
    if (this.#jobs >= JOBS_PER_CHILD || waiting.size >= LAST_OF_CHILD) this.#retire(child);
  }

  #settle(outcome: Outcome): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting === null) return;
    clearTimeout(waiting.timer);
    waiting.resolve(outcome);
  }

  #retire(child: Child): void {
    if (this.#child === child) this.#child = null;
    child.kill('SIGKILL');
  }

  #break(child: Child, reason: string): void {
    if (child !== this.#child) return;
    this.#retire(child);
    this.#onBroken(reason, this.#lastWords);
    this.#settle({ kind: 'broken', reason });
  }
}
