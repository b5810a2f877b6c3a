import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { env } from 'node:process';
import { FrameReader } from './frame-reader.ts';

/**
 * For the tests: a child that was taken over. The artifact's bytes say what it tries; where it succeeds with
 * something that it must not be able to do, it says so in words that no honest child uses.
 */

function say(words: string): void {
  const body = Buffer.from(words);
  const header = Buffer.alloc(4);
  header.writeUInt32LE(body.length);
  process.stdout.write(Buffer.concat([header, body]));
}

const DEEDS: Readonly<Record<string, () => void>> = {
  exit: () => process.exit(7),
  crash: () => process.abort(),
  hang: () => {
    for (;;);
  },
  sleep: () => undefined,
  garbage: () => say('this is no genome'),
  endless: () => {
    const header = Buffer.alloc(4, 0xff);
    process.stdout.write(header);
  },
  twice: () => {
    say('one');
    say('two');
  },
  memory: () => {
    const kept: Uint8Array[] = [];
    for (;;) kept.push(new Uint8Array(2 ** 28));
  },
  heap: () => {
    const kept: number[][] = [];
    for (;;) kept.push(new Array(1_000_000).fill(kept.length));
  },
  read: () => {
    readFileSync('/etc/passwd');
    say('READ');
  },
  network: () => {
    const socket = connect(Number(process.argv[2]), '127.0.0.1');
    socket.on('connect', () => say('CONNECTED'));
    socket.on('error', (error) => {
      throw error;
    });
  },
  environment: () => {
    if (Object.keys(env).length > 0) say(`ENVIRONMENT ${Object.keys(env).join()}`);
    else process.exit(9);
  },
};

const reader = new FrameReader();
process.stdin.on('data', (chunk: Buffer) => {
  reader.push(chunk);
  const body = reader.take(2 ** 28);
  if (Buffer.isBuffer(body)) DEEDS[body.subarray(1).toString()]?.();
});
