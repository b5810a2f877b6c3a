import { type LiveEvent, liveEvent } from '@genehound/contract';

const KINDS = ['reset', 'scan', 'threat', 'case', 'job'] as const satisfies readonly LiveEvent['kind'][];
/** Milliseconds until who was refused asks again. */
const AGAIN = 30_000;

/**
 * Hears the server's events; answers how to stop. A browser mends a connection that broke by itself and misses nothing.
 * A refusal (a proxy whose server starts anew, too many readers) it takes for the last word: then this asks again, and
 * `reset` is heard once it is let in, for nobody knows what was missed.
 */
export function followEvents(hear: (event: LiveEvent) => void, url = '/api/v1/events', again = AGAIN): () => void {
  let stop = (): void => undefined;
  const open = (wasRefused: boolean): void => {
    const source = new EventSource(url);
    stop = () => source.close();
    for (const kind of KINDS) {
      source.addEventListener(kind, ({ data }: MessageEvent<string>) => {
        const event = liveEvent.safeParse(JSON.parse(data));
        if (event.success) hear(event.data);
      });
    }
    if (wasRefused) source.addEventListener('open', () => hear({ kind: 'reset' }), { once: true });
    source.addEventListener('error', () => {
      if (source.readyState !== EventSource.CLOSED) return;
      const timer = setTimeout(() => open(true), again);
      stop = () => clearTimeout(timer);
    });
  };
  open(false);
  return () => stop();
}
