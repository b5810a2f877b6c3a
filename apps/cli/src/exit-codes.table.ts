/** What the exit code of every command means; the first six are those of the scanner. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  incomplete: 20,
  notDelivered: 30,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** For `genehound --help`. */
export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  done: 'done; for a scan: it is complete, whatever was found',
  failed: 'something failed; the message says what',
  usage: 'the command line is wrong, or no server is known',
  refused: 'the server refused the key',
  incomplete: 'done in part: something could not be read or indexed, and the output says what',
  notDelivered: 'the scan could not be delivered and was kept on disk',
  interrupted: 'interrupted',
};
