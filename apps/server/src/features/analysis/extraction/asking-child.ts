import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { Confinement } from './confinement.ts';
import { FrameReader } from './frame-reader.ts';

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

interface Waiting {
  readonly resolve: (body: Buffer) => void;
  readonly reject: (error: Error) => void;
}

/** The child broke, or never was one. It says nothing of the artifact. */
export class ChildBroken extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ChildBroken';
  }
}

const LAST_WORDS = 2_048;
function write(child: Child, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdin.write(bytes, (error) => (error === null || error === undefined ? resolve() : reject(error)));
  });
}

/**
 * A confined child that is asked one question after another, in frames of a 32-bit length, little-endian, and so many bytes:
 * a byte that says what is asked, then what it is asked about. It answers in JSON, of which nothing is believed.
 */
export class AskingChild {
  readonly #confinement: Confinement;
  readonly #answerLimit: number;
  #child: Child | null = null;
  #reader = new FrameReader();
  #waiting: Waiting | null = null;
  #lastWords = '';
  #turn: Promise<unknown> = Promise.resolve();

  /** `answerLimit`: bytes of the longest answer. */
  constructor(confinement: Confinement, answerLimit: number) {
    this.#confinement = confinement;
    this.#answerLimit = answerLimit;
  }

  close(): void {
    const child = this.#child;
    this.#child = null;
    child?.kill('SIGKILL');
    this.#waiting?.reject(new ChildBroken('It was ended'));
    this.#waiting = null;
  }

  /** Does this once all that was asked before is done. */
  next<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#turn.catch(() => undefined).then(work);
    this.#turn = next.catch(() => undefined);
    return next;
  }

  /** Within `next`. `size`: bytes of the source, no more and no less. Rejects with ChildBroken. */
  async ask(
    asked: number,
    size: number,
    source: Iterable<Buffer> | AsyncIterable<Buffer>,
    milliseconds: number,
  ): Promise<unknown> {
    const child = this.#start();
    const answer = new Promise<Buffer>((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
    const timer = setTimeout(() => this.#break(child, `It took longer than ${milliseconds} ms`), milliseconds);
    try {
      const header = Buffer.alloc(5);
      header.writeUInt32LE(size + 1);
      header[4] = asked;
      void this.#send(child, header, source, size);
      return JSON.parse((await answer).toString('utf8'));
    } catch (error) {
      throw error instanceof ChildBroken ? error : new ChildBroken('Its answer is not one');
    } finally {
      clearTimeout(timer);
    }
  }

  async #send(
    child: Child,
    header: Buffer,
    source: Iterable<Buffer> | AsyncIterable<Buffer>,
    size: number,
  ): Promise<void> {
    let sent = 0;
    try {
      await write(child, header);
      for await (const chunk of source) {
        sent += chunk.length;
        await write(child, chunk);
      }
      if (sent !== size) this.#break(child, `It got ${sent} bytes in place of ${size}`);
    } catch (error) {
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
    child.stdout.on('data', (chunk: Buffer) => this.#receive(child, chunk));
    child.stderr.on('data', (chunk: Buffer) => {
      this.#lastWords = (this.#lastWords + chunk.toString('latin1')).slice(-LAST_WORDS);
    });
    child.stdin.on('error', () => undefined);
    child.on('error', (error) => this.#break(child, `It could not be started: ${error.message}`));
    child.on('exit', (code, signal) =>
      this.#break(child, `It ended ${signal === null ? `with status ${code}` : `by ${signal}`}`),
    );
    return child;
  }

  #receive(child: Child, chunk: Buffer): void {
    if (child !== this.#child) return;
    this.#reader.push(chunk);
    const body = this.#reader.take(this.#answerLimit);
    if (body === null) return;
    const waiting = this.#waiting;
    if (waiting === null || body === 'too-large' || this.#reader.pending > 0) {
      this.#break(child, 'It spoke out of turn');
      return;
    }
    this.#waiting = null;
    waiting.resolve(body);
  }

  #break(child: Child, reason: string): void {
    if (child !== this.#child) return;
    this.#child = null;
    child.kill('SIGKILL');
    const waiting = this.#waiting;
    this.#waiting = null;
    const [word = ''] = this.#lastWords.split('\n').filter((line) => /Error/.test(line));
    waiting?.reject(new ChildBroken(word === '' ? reason : `${reason}: ${word.slice(0, 200)}`));
  }
}
