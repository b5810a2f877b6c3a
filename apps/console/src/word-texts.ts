import type { FindingKind, NotReadReason, SubVerdict } from '@genehound/contract';

/** Sentences for the closed words of the contract; part of `texts`. */

export const FINDINGS: Readonly<Record<FindingKind, string>> = {
  replaced: 'The program in memory is not the one on disk (hollowed process)',
  'header-modified': 'The headers of the image in memory differ from its file',
  patched: 'Code of the image in memory differs from its file',
  hooked: 'The start of a function in memory was turned to go elsewhere',
  stomped: 'A module’s code was overwritten by other code',
  'implanted-image': 'A whole executable image lies in memory without a file',
  'implanted-code': 'Executable code lies in memory with no file behind it',
  unlinked: 'A module is in memory but missing from the process’s list of modules',
  'unbacked-thread': 'A thread runs in memory with no file behind it',
  'deleted-file': 'The file that the code was loaded from is gone',
  'foreign-code': 'Functions that were in no release of this known software',
  masquerade: 'A process that calls itself a thread of the kernel',
  preload: 'A library put into a program by the environment or the loader’s configuration',
};

export const NOT_READ: Readonly<Record<NotReadReason, { readonly short: string; readonly next: string }>> = {
  no_privileges: { short: 'no privileges', next: 'Run the scanner as root or as an administrator.' },
  timeout: { short: 'time ran out', next: 'Scan again with a longer --timeout, or when the machine is less busy.' },
  limit: { short: 'a limit was reached', next: 'The problem below names the limit.' },
  io_error: { short: 'reading failed', next: 'Look at the details; scan again.' },
  unsupported: { short: 'not supported on this system', next: 'This scanner cannot do this check here.' },
  internal: { short: 'the scanner failed at it', next: 'Please report this with the details.' },
  exited: { short: 'ended during the scan', next: 'Normal for short-lived processes.' },
  kernel_thread: { short: 'kernel threads', next: 'They have no memory of their own to read.' },
  protected: { short: 'protected by the system', next: 'Not read on purpose.' },
  scanner_itself: { short: 'the scanner itself', next: 'Not read on purpose.' },
};

export const SUB_VERDICTS: Partial<Readonly<Record<SubVerdict, string>>> = {
  known_trusted: 'known by its hash',
  known_library: 'known library',
  known_malicious: 'known by its hash',
  administration_tool: 'administration tool',
  known_administration_tool: 'known administration tool',
  no_genes: 'no genes',
  almost_no_genes: 'almost no genes',
  probably_packed: 'probably packed',
  probably_trusted: 'probably trusted',
  no_code: 'no code',
  file_type_not_supported: 'file type not supported',
  non_native_code: 'no native code',
  corrupted_file: 'corrupted file',
};
