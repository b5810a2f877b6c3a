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
export function timeLimit(bytes: number): number {
  return 20_000 + Math.ceil(bytes / 1_000);
}

/** Artifacts for one child; memory that the parser kept goes with it. */
const JOBS_PER_CHILD = 1_000;
/** Bytes of its last words. */
const STDERR_KEPT = 2_048;

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

interface Waiting {
  readonly limit: number;
  readonly resolve: (outcome: Outcome) => void;
  readonly timer: NodeJS.Timeout;
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

  /** `onBroken` hears of children that ended by themselves or had to be ended. */
  constructor(confinement: Confinement, onBroken: (reason: string, lastWords: string) => void) {
    this.#confinement = confinement;
    this.#onBroken = onBroken;
  }

  extract(bytes: Uint8Array, layout: Layout, milliseconds: number = timeLimit(bytes.length)): Promise<Outcome> {
    if (this.#waiting !== null) throw new Error('An extractor takes one artifact at a time');
    const child = this.#start();
    this.#jobs += 1;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#break(child, `It took longer than ${milliseconds} ms`), milliseconds);
      this.#waiting = { limit: answerLimit(bytes.length), resolve, timer };
      child.stdin.write(questionHeader(layout, bytes.length));
      child.stdin.write(bytes);
    });
  }

  /** Ends the child; an artifact in work is answered as broken. */
  close(): void {
    if (this.#child !== null) this.#retire(this.#child);
    this.#settle({ kind: 'broken', reason: 'The server stops' });
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
    if (this.#jobs >= JOBS_PER_CHILD) this.#retire(child);
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
