import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Server } from '../harness/server.ts';
import { beginUpload } from '../harness/uploader.ts';

const SOFTWARE = '/opt/house <b>tool</b>/house-tool';

/** A whole scan of a small machine that runs one program, of which nobody has heard. */
export async function deliverSmallScan(server: Server, key: string, host: string): Promise<string> {
  const scan = await beginUpload(server, key);
  const program = await readFile('/usr/bin/env');
  const message = async (route: string, value: unknown): Promise<void> => {
    const { status, text } = await scan.message(route, value);
    assert.equal(status, 200, `${route}: ${text}`);
  };
  await message('host-info', { host_info: { computer_name: host } });
  const identity = { version: 1, machine_id: randomBytes(16).toString('hex'), host_name: host };
  await message('identity-info', { identity_info: identity });
  await message('processes-info', { processes_info: [{ pid: 70, ppid: 1, process_path: SOFTWARE }] });
  const modules = [{ base_address: 4_194_304, file_path: SOFTWARE, mapped_size_in_bytes: 65_536 }];
  await message('processes/loaded-modules-info', { processes: [{ pid: 70, loaded_modules_info: modules }] });
  const sha256 = createHash('sha256').update(program).digest('hex');
  await message('files-info', { files_info: [{ file_path: SOFTWARE, sha256, size_in_bytes: program.length }] });
  const sent = await scan.send('file-system/collected-binaries', program);
  assert.ok(sent.status === 200 || sent.status === 409, sent.text);
  const checks = ['process', 'modules', 'module_files', 'regions', 'modified_code'].map((check) => ({
    check,
    state: 'done',
  }));
  const coverage = {
    version: 1,
    complete: true,
    privileges: { user: 'root', held: [], missing: [] },
    processes: [{ pid: 70, read: true, checks }],
    problems: [],
  };
  await message('coverage-info', { coverage_info: coverage });
  await message('end', { reason: 'done' });
  return scan.analysisId;
}
