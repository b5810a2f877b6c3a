import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { softwareOf } from './software.ts';

test('the software of a path is the folder below where software lies, else the name without its version', () => {
  const cases: readonly (readonly [string | null, string])[] = [
    ['/opt/google/chrome/chrome', 'google'],
    ['/usr/lib/x86_64-linux-gnu/libcurl.so.4.8.0', 'libcurl'],
    ['/usr/lib/x86_64-linux-gnu/perl/5.36/auto/re.so', 'perl'],
    ['/usr/lib/postgresql/15/bin/postgres', 'postgresql'],
    ['/usr/bin/openssl', 'openssl'],
    ['/home/me/.local/share/tool/bin/run', 'tool'],
    ['/tmp/x', 'x'],
    ['C:\\Program Files (x86)\\Acme Suite\\bin\\acme.exe', 'Acme Suite'],
    ['c:\\Users\\me\\AppData\\Local\\Programs\\Editor\\editor.exe', 'Editor'],
    ['C:\\Windows\\System32\\odd-2.4.1.dll', 'odd'],
    ['\\\\server\\share\\tool.exe', 'tool'],
    ['.so', '.so'],
    ['/', '/'],
    [null, '(memory)'],
  ];
  for (const [path, software] of cases) assert.equal(softwareOf(path), software, String(path));
});

test('any path has a name that can be one of a family', () => {
  const part = fc.oneof(fc.string(), fc.constantFrom('opt', 'usr', 'lib', 'C:', '\\', '/', '.so', '1.2'));
  fc.assert(
    fc.property(fc.array(part), fc.constantFrom('/', '\\'), (parts, separator) => {
      const name = softwareOf(parts.join(separator));
      assert.ok(name.length >= 1 && name.length <= 200);
    }),
  );
});
