import assert from 'node:assert/strict';
import { test } from 'node:test';
import { executablePaths, runningFiles } from './running-files.ts';

test('takes the files of executable mappings, deleted ones by their former name', () => {
  const maps = `00400000-00452000 r-xp 00000000 08:02 173521      /usr/bin/dbus-daemon
00651000-00652000 r--p 00051000 08:02 173521      /usr/lib/data.so
7f0-7f1 r-xp 00000000 00:00 0
7f1-7f2 rwxp 00000000 00:01 1 /memfd:x (deleted)
7f2-7f3 r-xp 00000000 08:02 9 /opt/a b\\012c (deleted)
7f3-7f4 r-xs 00000000 08:02 9 /dev/zero (deleted)
7ffd-7ffe r-xp 00000000 00:00 0 [vdso]
not a line
`;
  assert.deepEqual([...executablePaths(maps)], ['/usr/bin/dbus-daemon', '/opt/a b\nc']);
});

test('sees the program that runs this test', async () => {
  assert.ok((await runningFiles(false)).has(process.execPath));
});
