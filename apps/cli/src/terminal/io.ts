import { safeText } from './escape.ts';
import { colourful, colourless, type Style } from './style.ts';

/** Where a command writes: results to `out`, everything else to `tell` and `progress` (standard error). */
export interface Io {
  readonly style: Style;
  /** Standard output, as it stands; results only. */
  out(text: string): void;
  /** One line on standard error. */
  tell(text: string): void;
  /** A line that replaces itself on a terminal, and appears every few seconds elsewhere. */
  progress(text: string): void;
  /** Ends the current progress line. */
  progressDone(): void;
}

const QUIET_INTERVAL_MS = 5_000;

interface Streams {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** Writes to the streams of this process; colours where standard output is a terminal and the user wants them. */
export function createIo(colour: boolean, streams: Streams = process): Io {
  const { stdout, stderr } = streams;
  let live = false;
  let lastShown = 0;
  const clear = (): void => {
    if (live) stderr.write('\r\u001b[2K');
    live = false;
  };
  return {
    style: colour && stdout.isTTY === true ? colourful : colourless,
    out(text) {
      clear();
      stdout.write(text.endsWith('\n') ? text : `${text}\n`);
    },
    tell(text) {
      clear();
      stderr.write(`${text}\n`);
    },
    progress(text) {
      if (stderr.isTTY === true) {
        clear();
        stderr.write(safeText(text, Math.max(40, (stderr.columns ?? 80) - 1)));
        live = true;
      } else if (performance.now() - lastShown > QUIET_INTERVAL_MS) {
        stderr.write(`${safeText(text)}\n`);
        lastShown = performance.now();
      }
    },
    progressDone() {
      clear();
      lastShown = 0;
    },
  };
}
