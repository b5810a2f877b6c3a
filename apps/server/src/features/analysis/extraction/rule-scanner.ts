import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { z } from 'zod';
import { type Confinement, confine, SIGNATURE_CHILD } from './confinement.ts';
import { FrameReader } from './frame-reader.ts';
import {
  ANSWER_LIMIT,
  ASK,
  type Asked,
  hitsAnswer,
  problemsAnswer,
  type RuleHit,
  type RuleText,
} from './rule-messages.ts';

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

interface Waiting {
  readonly resolve: (body: Buffer) => void;
  readonly reject: (error: Error) => void;
}

/** The child broke, or never was one. It says nothing of the artifact. */
export class ScannerBroken extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ScannerBroken';
  }
}

const LAST_WORDS = 2_048;
/** Milliseconds: thousands of rules take seconds, on a busy machine ten times that; a megabyte takes 20. */
const LOAD_LIMIT = 300_000;
const scanLimit = (bytes: number): number => 20_000 + Math.ceil(bytes / 500);

function write(child: Child, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdin.write(bytes, (error) => (error === null || error === undefined ? resolve() : reject(error)));
  });
}

/** Runs rules over artifacts in a confined child, one after another. */
export class RuleScanner {
  readonly #confinement: Confinement = confine(SIGNATURE_CHILD);
  #child: Child | null = null;
  #reader = new FrameReader();
  #waiting: Waiting | null = null;
  #lastWords = '';
  #turn: Promise<unknown> = Promise.resolve();

  /** Loads these rules in place of all others; answers which cannot be used. Rejects with ScannerBroken. */
  load(rules: readonly RuleText[]): Promise<z.infer<typeof problemsAnswer>> {
    const body = Buffer.from(JSON.stringify(rules));
    return this.#next(async () => {
      this.close();
      return problemsAnswer.parse(await this.#ask(ASK.load, body.length, [body], LOAD_LIMIT));
    });
  }

  /** Rules that match. `size`: bytes of the source, no more and no less. Rejects with ScannerBroken. */
  scan(source: AsyncIterable<Buffer>, size: number): Promise<readonly RuleHit[]> {
    return this.#next(async () => hitsAnswer.parse(await this.#ask(ASK.scan, size, source, scanLimit(size))));
  }

  close(): void {
    const child = this.#child;
    this.#child = null;
    child?.kill('SIGKILL');
    this.#waiting?.reject(new ScannerBroken('It was ended'));
    this.#waiting = null;
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#turn.catch(() => undefined).then(work);
    this.#turn = next.catch(() => undefined);
    return next;
  }

  async #ask(
    asked: Asked,
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
      throw error instanceof ScannerBroken ? error : new ScannerBroken('Its answer is not one');
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
    const body = this.#reader.take(ANSWER_LIMIT);
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
    waiting?.reject(new ScannerBroken(word === '' ? reason : `${reason}: ${word.slice(0, 200)}`));
  }
}
