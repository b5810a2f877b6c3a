import { z } from 'zod';
import { LIMITS } from './common.ts';
import { coverageInfo, findingInfo, identityInfo, manifestInfo, regionInfo } from './own-messages.ts';
import {
  autorun,
  fileInfo,
  fileModuleDifference,
  hostInfo,
  injectedModule,
  loadedModule,
  memoryModuleDump,
  processInfo,
  processModules,
  scheduledTask,
} from './public-messages.ts';

const list = <T extends z.ZodType>(item: T) => z.array(item).max(LIMITS.itemsPerMessage);

/**
 * One row a message of a scan: the route below /scans/scans/{scan_id}, the file in an offline directory, the
 * schema of its body. `wants`: the answer lists the SHA-256 of what is to be uploaded. `many`: may come in parts.
 */
export const SCAN_MESSAGES = {
  host_info: {
    route: 'host-info',
    file: 'host_info.json',
    many: false,
    mandatory: true,
    wants: false,
    schema: z.looseObject({ host_info: hostInfo }),
  },
  identity_info: {
    route: 'identity-info',
    file: 'identity_info.json',
    many: false,
    mandatory: false,
    wants: false,
    schema: z.looseObject({ identity_info: identityInfo }),
  },
  scheduled_tasks_info: {
    route: 'scheduled-tasks-info',
    file: 'scheduled_tasks_info.json',
    many: false,
    mandatory: false,
    wants: false,
    schema: z.looseObject({ scheduled_tasks_info: list(scheduledTask) }),
  },
  autoruns_info: {
    route: 'autoruns-info',
    file: 'autoruns_info.json',
    many: false,
    mandatory: false,
    wants: false,
    schema: z.looseObject({ autoruns_info: list(autorun) }),
  },
  processes_info: {
    route: 'processes-info',
    file: 'processes_info.json',
    many: false,
    mandatory: true,
    wants: false,
    schema: z.looseObject({ processes_info: list(processInfo) }),
  },
  all_loaded_modules_info: {
    route: 'processes/loaded-modules-info',
    file: 'all_loaded_modules_info.json',
    many: true,
    mandatory: false,
    wants: false,
    schema: z.looseObject({ processes: list(processModules) }),
  },
  loaded_modules_info: {
    route: 'processes/{pid}/loaded-modules-info',
    file: '{pid}_loaded_modules_info.json',
    many: true,
    mandatory: false,
    wants: false,
    schema: z.looseObject({ loaded_modules_info: list(loadedModule) }),
  },
  files_info: {
    route: 'files-info',
    file: 'files_info_{n}.json',
    many: true,
    mandatory: false,
    wants: true,
    schema: z.looseObject({ files_info: list(fileInfo) }),
  },
  file_module_differences: {
    route: 'file-module-differences',
    file: 'file_module_differences.json',
    many: false,
    mandatory: false,
    wants: false,
    schema: z.looseObject({ file_module_differences: list(fileModuleDifference) }),
  },
  injected_modules_info: {
    route: 'injected-modules-info',
    file: 'injected_modules_info.json',
    many: false,
    mandatory: false,
    wants: false,
    schema: z.looseObject({ injected_modules_info: list(injectedModule) }),
  },
  memory_module_dumps_info: {
    route: 'memory-module-dumps-info',
    file: 'memory_module_dump_info_{n}.json',
    many: true,
    mandatory: false,
    wants: true,
    schema: z.looseObject({ memory_module_dumps_info: list(memoryModuleDump) }),
  },
  regions_info: {
    route: 'regions-info',
    file: 'regions_info_{n}.json',
    many: true,
    mandatory: false,
    wants: false,
    schema: z.looseObject({ version: z.int().positive(), regions_info: list(regionInfo) }),
  },
  findings_info: {
    route: 'findings-info',
    file: 'findings_info_{n}.json',
    many: true,
    mandatory: false,
    wants: false,
    schema: z.looseObject({ version: z.int().positive(), findings_info: list(findingInfo) }),
  },
  coverage_info: {
    route: 'coverage-info',
    file: 'coverage_info.json',
    many: false,
    mandatory: false,
    wants: false,
    schema: z.looseObject({ coverage_info: coverageInfo }),
  },
  manifest_info: {
    route: 'manifest-info',
    file: 'manifest_info.json',
    many: false,
    mandatory: false,
    wants: false,
    schema: z.looseObject({ manifest_info: manifestInfo }),
  },
} as const;
export type ScanMessageName = keyof typeof SCAN_MESSAGES;
export type ScanMessage<N extends ScanMessageName> = z.infer<(typeof SCAN_MESSAGES)[N]['schema']>;

/** Where bytes go; the layout of the artifact follows from the route and is checked against the bytes. */
export const BINARY_ROUTES = {
  file: { route: 'file-system/collected-binaries', folder: 'files' },
  mapped: { route: 'memory/collected-binaries', folder: 'memory_modules' },
  raw: { route: 'fileless/collected-binaries', folder: 'fileless' },
} as const;
