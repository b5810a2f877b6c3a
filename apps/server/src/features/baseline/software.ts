/** Folders that hold many kinds of software, so that the name below them is the software's. */
const LINUX_ROOTS: readonly RegExp[] = [
  /^\/opt\/([^/]+)\/./,
  /^\/snap\/([^/]+)\/./,
  /^\/usr\/(?:local\/)?(?:lib|lib64|lib32|libexec|share)\/(?:[a-z0-9_]+-linux-gnu[a-z0-9]*\/)?(?![a-z0-9_]+-linux-gnu)([^/]+)\/./,
  /^\/var\/lib\/([^/]+)\/./,
  /^\/(?:home\/[^/]+|root)\/(?:\.local\/(?:share|lib)|\.config|\.cache)\/([^/]+)\/./,
];
const WINDOWS_ROOTS: readonly RegExp[] = [
  /^[a-z]:\\program files(?: \(x86\))?\\(?:common files\\)?([^\\]+)\\./i,
  /^[a-z]:\\programdata\\([^\\]+)\\./i,
  /^[a-z]:\\users\\[^\\]+\\appdata\\(?:local|roaming|locallow)\\(?:programs\\)?([^\\]+)\\./i,
];

/** `libfoo.so.1.2` and `foo-2.4.dll` without what changes from version to version. */
function stemOf(name: string): string {
  const bare = name
    .replace(/\.so(?:\.[\w.]*)?$/i, '')
    .replace(/\.(?:exe|dll|sys|ocx|node|pyd)$/i, '')
    .replace(/[-_.]?v?\d+(?:\.\d+)+$/i, '');
  return bare === '' ? name : bare;
}

/** Names are the endpoint's word. */
const LONGEST = 200;

/** Which software a file belongs to, by its path: what its folder says, else its own name. Pure. */
export function softwareOf(path: string | null): string {
  if (path === null || path === '') return '(memory)';
  const isWindows = /^([a-z]:\\|\\\\)/i.test(path);
  for (const root of isWindows ? WINDOWS_ROOTS : LINUX_ROOTS) {
    const found = root.exec(path)?.[1];
    if (found !== undefined) return stemOf(found).slice(0, LONGEST);
  }
  const name = path.split(isWindows ? '\\' : '/').findLast((part) => part !== '') ?? path;
  return stemOf(name).slice(0, LONGEST);
}
