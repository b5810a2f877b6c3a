/** What a package says of itself. Claims: who names the package vouches for it. */
export interface PackageFacts {
  readonly system: 'deb' | 'rpm' | 'apk';
  readonly name: string;
  readonly version: string;
  /** What it was built from. */
  readonly source: string;
  /** As Debian has it; empty where nothing says it. */
  readonly section: string;
  readonly architecture: string;
}

const LONGEST = 200;
const clean = (word: string | undefined): string => (word ?? '').trim().slice(0, LONGEST);

/** Of Debian's control file: `Name: value` lines; what is continued is not needed. */
export function debianFacts(control: string): PackageFacts | null {
  const field = (name: string): string => clean(new RegExp(`^${name}:[ \\t]*(.+)$`, 'im').exec(control)?.[1]);
  const name = field('Package');
  if (name === '') return null;
  return {
    system: 'deb',
    name,
    version: field('Version'),
    // "bash (5.2-1)" where the versions differ.
    source: field('Source').split(' ')[0] || name,
    section: field('Section').split('/').at(-1) ?? '',
    architecture: field('Architecture'),
  };
}

/** Of Alpine's .PKGINFO: `name = value` lines. */
export function alpineFacts(info: string): PackageFacts | null {
  const field = (name: string): string => clean(new RegExp(`^${name} = (.+)$`, 'm').exec(info)?.[1]);
  const name = field('pkgname');
  if (name === '') return null;
  return {
    system: 'apk',
    name,
    version: field('pkgver'),
    source: field('origin') || name,
    section: '',
    architecture: field('arch'),
  };
}
