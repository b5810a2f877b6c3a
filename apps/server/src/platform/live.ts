import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { AppError, type LiveEvent } from '@genehound/contract';
import { onCommit, type Tx } from './database.ts';

/** Messages of an organisation that a reader who was away for a moment still gets. */
const KEPT = 1_000;
/** Readers of one organisation at a time; a browser's tab is one. */
const MOST_READERS = 100;
/** Bytes that wait for one reader; who does not read them is cut off, and gets what it missed when it comes again. */
const MOST_WAITING = 262_144;
/** Milliseconds: proxies cut connections that say nothing; who is signed in is asked again after a while. */
const HEARTBEAT = 15_000;
const LIFE = 600_000;
/** Milliseconds in which a stream that ended is to be read to its end. */
const GRACE = 15_000;
const AGAIN_SECONDS = 30;

interface Kept {
  readonly number: number;
  readonly event: LiveEvent;
}

interface Channel {
  readonly kept: Kept[];
  readonly readers: Set<Readable>;
  last: number;
}

/**
 * Tells whoever listens what happens in an organisation, and nobody else. Kept in memory: after a restart readers are
 * told to ask for everything again.
 */
export class Live {
  readonly #run = randomUUID().slice(0, 8);
  readonly #channels = new Map<string, Channel>();
  /** Ended, with words that are not read yet. */
  readonly #ending = new Set<Readable>();

  #channel(organisation: string): Channel {
    const known = this.#channels.get(organisation);
    if (known !== undefined) return known;
    const fresh: Channel = { kept: [], readers: new Set(), last: 0 };
    this.#channels.set(organisation, fresh);
    return fresh;
  }

  #message(number: number, event: LiveEvent | null): string {
    const data = event === null ? '' : `event: ${event.kind}\ndata: ${JSON.stringify(event)}\n`;
    // An empty message still moves the reader's place along.
    return `id: ${this.#run}-${number}\n${data}\n`;
  }

  /** Once the transaction is committed; never when it is rolled back. */
  publish(tx: Tx, organisation: string, event: LiveEvent): void {
    onCommit(tx, () => this.tell(organisation, event));
  }

  tell(organisation: string, event: LiveEvent): void {
    const channel = this.#channel(organisation);
    channel.last += 1;
    channel.kept.push({ number: channel.last, event });
    if (channel.kept.length > KEPT) channel.kept.shift();
    const message = this.#message(channel.last, event);
    for (const reader of channel.readers) {
      if (reader.readableLength > MOST_WAITING) reader.destroy();
      else reader.push(message);
    }
  }

  /** What concerns every organisation, such as global knowledge. */
  tellAll(event: LiveEvent): void {
    for (const organisation of this.#channels.keys()) this.tell(organisation, event);
  }

  /** What was missed since a message, or null where that is not known any more. */
  #missed({ kept, last }: Channel, lastEventId: string): readonly Kept[] | null {
    const [run, place] = lastEventId.split('-');
    const number = Number(place);
    if (run !== this.#run || !Number.isSafeInteger(number) || number < 0 || number > last) return null;
    if (number < last && (kept[0]?.number ?? 0) > number + 1) return null;
    return kept.filter((one) => one.number > number);
  }

  /** A stream of messages from here on, and before them what was missed. AppError too_many_requests. */
  subscribe(organisation: string, lastEventId: string | null): Readable {
    const channel = this.#channel(organisation);
    if (channel.readers.size >= MOST_READERS)
      throw new AppError('too_many_requests', { seconds: AGAIN_SECONDS }, AGAIN_SECONDS);
    const reader = new Readable({ read: () => undefined, encoding: 'utf8' });
    const missed = lastEventId === null ? [] : this.#missed(channel, lastEventId);
    reader.push('retry: 2000\n\n');
    if (missed === null) reader.push(this.#message(channel.last, { kind: 'reset' }));
    else for (const { number, event } of missed) reader.push(this.#message(number, event));
    if (lastEventId === null) reader.push(this.#message(channel.last, null));
    const heartbeat = setInterval(() => reader.push(':\n\n'), HEARTBEAT).unref();
    let cut: NodeJS.Timeout | undefined;
    const leave = (): void => {
      clearInterval(heartbeat);
      clearTimeout(life);
      channel.readers.delete(reader);
    };
    const life = setTimeout(() => {
      // Nothing may be said behind the end; who does not even read that far would hold the connection for ever.
      leave();
      reader.push(null);
      this.#ending.add(reader);
      cut = setTimeout(() => reader.destroy(), GRACE).unref();
    }, LIFE).unref();
    channel.readers.add(reader);
    reader.on('close', () => {
      leave();
      clearTimeout(cut);
      this.#ending.delete(reader);
    });
    return reader;
  }

  /** Ends every stream, so that the server can close. */
  close(): void {
    for (const { readers } of this.#channels.values()) for (const reader of readers) reader.destroy();
    for (const reader of this.#ending) reader.destroy();
  }
}
