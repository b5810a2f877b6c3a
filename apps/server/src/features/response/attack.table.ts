import type { FindingKind } from '@genehound/contract';

/**
 * What findings and entries are instances of in MITRE ATT&CK (https://attack.mitre.org, Enterprise, version 17). A finding
 * that fits many techniques alike (patched, header-modified) has none: a wrong name is worse than no name.
 */
export const ATTRIBUTION =
  '© 2025 The MITRE Corporation. This work is reproduced and distributed with the permission of The MITRE Corporation. ' +
  'ATT&CK® is a registered trademark of The MITRE Corporation.';

const named = <K extends string>(techniques: Record<K, string>): Readonly<Record<K, string>> => techniques;

/** Ids and names as published at https://attack.mitre.org/techniques/<id with a slash>. */
export const TECHNIQUES = named({
  'T1036.011': 'Masquerading: Overwrite Process Arguments',
  'T1037.001': 'Boot or Logon Initialization Scripts: Logon Script (Windows)',
  'T1037.004': 'Boot or Logon Initialization Scripts: RC Scripts',
  'T1053.003': 'Scheduled Task/Job: Cron',
  'T1053.005': 'Scheduled Task/Job: Scheduled Task',
  'T1053.006': 'Scheduled Task/Job: Systemd Timers',
  T1055: 'Process Injection',
  'T1055.001': 'Process Injection: Dynamic-link Library Injection',
  'T1055.002': 'Process Injection: Portable Executable Injection',
  'T1055.012': 'Process Injection: Process Hollowing',
  'T1070.004': 'Indicator Removal: File Deletion',
  'T1543.002': 'Create or Modify System Process: Systemd Service',
  'T1543.003': 'Create or Modify System Process: Windows Service',
  T1546: 'Event Triggered Execution',
  'T1546.002': 'Event Triggered Execution: Screensaver',
  'T1546.004': 'Event Triggered Execution: Unix Shell Configuration Modification',
  'T1546.017': 'Event Triggered Execution: Udev Rules',
  T1547: 'Boot or Logon Autostart Execution',
  'T1547.001': 'Boot or Logon Autostart Execution: Registry Run Keys / Startup Folder',
  'T1547.004': 'Boot or Logon Autostart Execution: Winlogon Helper DLL',
  'T1547.006': 'Boot or Logon Autostart Execution: Kernel Modules and Extensions',
  'T1547.010': 'Boot or Logon Autostart Execution: Port Monitors',
  'T1547.014': 'Boot or Logon Autostart Execution: Active Setup',
  T1554: 'Compromise Host Software Binary',
  T1574: 'Hijack Execution Flow',
  'T1574.006': 'Hijack Execution Flow: Dynamic Linker Hijacking',
  T1620: 'Reflective Code Loading',
});
export type TechniqueId = keyof typeof TECHNIQUES;

type Platform = 'windows' | 'linux';

/** By finding; where the technique differs with the system, by system. */
export const OF_FINDING: Readonly<Partial<Record<FindingKind, Readonly<Record<Platform, readonly TechniqueId[]>>>>> = {
  replaced: { windows: ['T1055.012'], linux: ['T1055'] },
  hooked: { windows: ['T1055'], linux: ['T1055'] },
  // The page of T1055.001 describes module stomping among its variations.
  stomped: { windows: ['T1055.001'], linux: ['T1055'] },
  'implanted-image': { windows: ['T1055.002', 'T1620'], linux: ['T1620'] },
  'implanted-code': { windows: ['T1055'], linux: ['T1055'] },
  unlinked: { windows: ['T1055.001'], linux: [] },
  'unbacked-thread': { windows: ['T1055'], linux: ['T1055'] },
  'deleted-file': { windows: ['T1070.004'], linux: ['T1070.004'] },
  'foreign-code': { windows: ['T1554'], linux: ['T1554'] },
  masquerade: { windows: [], linux: ['T1036.011'] },
  preload: { windows: [], linux: ['T1574.006'] },
};

/** By the scanner's category of what starts by itself, where that entry starts code that is not trusted. */
export const OF_CATEGORY: Readonly<Record<string, Readonly<Partial<Record<Platform, TechniqueId>>>>> = {
  services: { windows: 'T1543.003', linux: 'T1543.002' },
  drivers: { windows: 'T1543.003', linux: 'T1547.006' },
  timers: { linux: 'T1053.006' },
  cron: { linux: 'T1053.003' },
  rc: { linux: 'T1037.004' },
  shell_profiles: { linux: 'T1546.004' },
  udev: { linux: 'T1546.017' },
  preload: { linux: 'T1574.006' },
  logon: { linux: 'T1547' },
  image_hijacks: { windows: 'T1546' },
  print_monitors: { windows: 'T1547.010' },
  known_dlls: { windows: 'T1574' },
};

/**
 * Of the Windows categories that hold places of several techniques (logon, winlogon): by the place itself, the first that
 * fits. Others, such as credential providers, are named by none.
 */
export const OF_PLACE: readonly (readonly [place: RegExp, id: TechniqueId])[] = [
  [/\\CurrentVersion\\(?:Policies\\Explorer\\)?Run(?:Once|OnceEx|Services|ServicesOnce)?(?:\\|$)/i, 'T1547.001'],
  [/\\Start Menu\\Programs\\Startup(?:\\|$)/i, 'T1547.001'],
  [/\\Winlogon\\GPExtensions(?:\\|$)/i, 'T1547'],
  [/\\Winlogon(?:\\|$)/i, 'T1547.004'],
  [/\\Active Setup\\/i, 'T1547.014'],
  [/\\UserInitMprLogonScript$/i, 'T1037.001'],
  [/\\Scrnsave\.exe$/i, 'T1546.002'],
];
