import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes an offline directory as a public client's scanner would; `file` is the one image that runs there. */
export function writeOfflineScan(
  root: string,
  name: string,
  file: Uint8Array,
  options: { readonly withSample: boolean } = { withSample: true },
): string {
  const directory = join(root, name);
  mkdirSync(directory, { recursive: true });
  const sha256 = createHash('sha256').update(file).digest('hex');
  const write = (path: string, value: unknown): void => writeFileSync(join(directory, path), JSON.stringify(value));
  write('scanner_info.json', {
    options: { analyze: true },
    scanner_info: { pid: 7, scanner_version: '1.0.0' },
    start_time: 1673881843,
  });
  write('host_info.json', {
    host_info: { computer_name: name, cpu_count: 2, os_version: 'debian_12', system_type: '64' },
  });
  write('processes_info.json', {
    processes_info: [{ pid: 10, ppid: 1, process_path: '/usr/bin/tool', image_type: '64' }],
  });
  writeFileSync(
    join(directory, '10_loaded_modules_info.json'),
    '{"loaded_modules_info":[{"base_address":18446744073709547520,"file_path":"/usr/bin/tool","image_type":"64","mapped_size_in_bytes":57344}]}',
  );
  write('files_info_1.json', { files_info: [{ file_path: '/usr/bin/tool', sha256, size_in_bytes: file.length }] });
  write('scan_summary.json', { end_time: 1673881877, reason: 'done' });
  if (options.withSample) {
    mkdirSync(join(root, 'files'), { recursive: true });
    writeFileSync(join(root, 'files', `${sha256}.sample`), file);
  }
  return directory;
}
