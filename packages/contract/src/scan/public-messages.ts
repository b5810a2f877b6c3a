import { z } from 'zod';
import { imageType, LIMITS, longText, pathText, processId, sha256Text, shortText, unsigned64 } from './common.ts';

/**
 * The messages that public clients send, field by field as they send them. Every object tolerates unknown
 * fields: a strict reader has broken deployed clients before.
 */

const list = <T extends z.ZodType>(item: T) => z.array(item).max(LIMITS.itemsPerMessage);

export const scannerInfo = z.looseObject({
  scan_type: shortText.optional(),
  analysis_id: z.uuid().optional(),
  endpoint_analysis_id: z.uuid().optional(),
  options: z.looseObject({}).optional(),
  runtime_metrics: z.looseObject({}).optional(),
  scanner_info: z
    .looseObject({
      pid: processId.optional(),
      process_path: pathText.optional(),
      scanner_version: shortText.optional(),
      username: shortText.optional(),
    })
    .optional(),
  start_time: z.number().optional(),
});
export type ScannerInfo = z.infer<typeof scannerInfo>;

export const hostInfo = z.looseObject({
  computer_name: shortText.optional(),
  fqdn: shortText.optional(),
  cpu_count: z.int().nonnegative().optional(),
  os_version: shortText.optional(),
  system_type: shortText.optional(),
  total_physical_memory_in_bytes: unsigned64.optional(),
  machine_id: shortText.optional(),
  kernel: shortText.optional(),
});
export type HostInfo = z.infer<typeof hostInfo>;

export const processInfo = z.looseObject({
  pid: processId,
  ppid: processId,
  process_path: pathText.nullable(),
  image_type: imageType.nullable().optional(),
  command_line: z.string().max(LIMITS.commandLine).nullable().optional(),
  username: shortText.nullable().optional(),
  integrity_level: shortText.nullable().optional(),
  session_id: z.int().nullable().optional(),
  start_time: z.number().nullable().optional(),
  start_time_100_nano: unsigned64.nullable().optional(),
  /** Ours: the kernel's own thread, which has no code of its own in user memory. */
  kernel_thread: z.boolean().optional(),
  /** Ours, Linux: the process that traces this one now, as a debugger does. */
  tracer_pid: processId.optional(),
});
export type ProcessInfo = z.infer<typeof processInfo>;

export const loadedModule = z.looseObject({
  base_address: unsigned64,
  file_path: pathText.nullable(),
  image_type: imageType.nullable().optional(),
  mapped_size_in_bytes: unsigned64.optional(),
});
export type LoadedModule = z.infer<typeof loadedModule>;

export const processModules = z.looseObject({ pid: processId, loaded_modules_info: list(loadedModule) });
export type ProcessModules = z.infer<typeof processModules>;

export const fileInfo = z.looseObject({
  file_path: pathText,
  sha256: sha256Text,
  size_in_bytes: unsigned64.optional(),
  accessed_time: unsigned64.nullable().optional(),
  created_time: unsigned64.nullable().optional(),
  modified_time: unsigned64.nullable().optional(),
  /** Ours: false where the file is no ELF, PE or Mach-O image, so that its bytes are never asked for (S4). */
  is_image: z.boolean().optional(),
  /** Ours: the package that brought the file, as `dpkg libc6:amd64`, and its version. */
  package: shortText.optional(),
  package_version: shortText.optional(),
  /** Ours: what a Windows image says of itself, in its version resource. */
  file_version: shortText.optional(),
  product: shortText.optional(),
  company: shortText.optional(),
  original_filename: shortText.optional(),
  /** Ours: its Authenticode digest, by which catalogs name it. */
  authenticode_sha256: sha256Text.optional(),
  /** Ours: the subject of the certificate in its signature, and whether that is over this digest. No chain is followed. */
  signer: shortText.optional(),
  signature_matches: z.boolean().optional(),
  /** Ours: of an image without a signature of its own, the installed catalog that lists it, and by whom that is signed. */
  catalog: shortText.optional(),
  catalog_signer: shortText.optional(),
});
export type FileInfo = z.infer<typeof fileInfo>;

export const fileModuleDifference = z.looseObject({
  file_path: pathText,
  modules: list(
    z.looseObject({
      base_address: unsigned64,
      pid: processId,
      comparison_result: list(z.looseObject({ type: shortText, details: longText.nullable().optional() })),
    }),
  ),
});
export type FileModuleDifference = z.infer<typeof fileModuleDifference>;

export const injectedModule = z.looseObject({ base_address: unsigned64, pid: processId });
export type InjectedModule = z.infer<typeof injectedModule>;

export const memoryModuleDump = z.looseObject({
  base_address: unsigned64,
  pid: processId,
  sha256: sha256Text,
  dump_id: shortText.optional(),
  dump_method: shortText.optional(),
  /** True: raw executable pages, uploaded to the fileless route. Else an image at its RVAs. */
  is_fileless: z.boolean().optional(),
  /** Ours: the artifact's length, and the addresses whose bytes are in it; all its other bytes are zero. */
  size_in_bytes: unsigned64.optional(),
  collected_ranges: list(z.looseObject({ address: unsigned64, size_in_bytes: unsigned64 })).optional(),
});
export type MemoryModuleDump = z.infer<typeof memoryModuleDump>;

/** The files that an entry names, by the text that names them. */
const extractedFiles = z.record(z.string(), z.looseObject({ full_path: pathText, sha256: sha256Text }));

/** Dates are OLE dates: days since 1899-12-30, 0 for never. */
export const scheduledTask = z.looseObject({
  task_name: longText.optional(),
  author: longText.nullable().optional(),
  description: longText.nullable().optional(),
  state: shortText.nullable().optional(),
  is_hidden: z.boolean().nullable().optional(),
  last_run_date: z.number().nullable().optional(),
  next_run_date: z.number().nullable().optional(),
  registration_date: shortText.nullable().optional(),
  executing_id: shortText.nullable().optional(),
  exec_actions: list(
    z.looseObject({
      exec_path: pathText.nullable().optional(),
      exec_args: z.string().max(LIMITS.commandLine).nullable().optional(),
      exec_working_dir: pathText.nullable().optional(),
      /** Ours: the files that the command names. */
      extracted_files: extractedFiles.optional(),
    }),
  ).optional(),
  /** Ours: when it runs, in the system's own words, and as whom. */
  when: longText.optional(),
  username: shortText.nullable().optional(),
});
export type ScheduledTask = z.infer<typeof scheduledTask>;

export const autorun = z.looseObject({
  category: shortText.optional(),
  entry_path: pathText.optional(),
  /** registry or filesystem. */
  entry_path_type: shortText.nullable().optional(),
  entry_value: z.string().max(LIMITS.commandLine).nullable().optional(),
  display_name: longText.nullable().optional(),
  description: longText.nullable().optional(),
  username: shortText.nullable().optional(),
  class_id: shortText.nullable().optional(),
  /** Ours: enabled, disabled, static (started by others) or masked. */
  state: shortText.optional(),
  extracted_files: extractedFiles.nullable().optional(),
});
export type Autorun = z.infer<typeof autorun>;

/** `unsupported` is ours: the scanner refused the machine and read nothing; its coverage says why. */
export const endReason = z.enum(['done', 'interrupted', 'failed', 'unsupported']);
export const scanEnd = z.looseObject({
  reason: endReason,
  end_time: z.number().optional(),
  runtime_metrics: z.looseObject({}).optional(),
});
export type ScanEnd = z.infer<typeof scanEnd>;
