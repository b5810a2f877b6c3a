/** One binary package of one release, as the mirror's index has it. */
export interface DebianPackage {
  readonly release: string;
  readonly name: string;
  readonly source: string;
  readonly version: string;
  readonly architecture: string;
  readonly section: string;
  readonly homepage: string;
  /** Bytes to download. */
  readonly size: number;
  /** Depends on the C library, so it holds programs or libraries. */
  readonly hasCode: boolean;
  /** What was linked in statically: Go and Rust say it here. */
  readonly builtUsing: string;
}

function fieldsOf(stanza: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of stanza.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0 && line[0] !== ' ') fields.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return fields;
}

/** Reads a Packages index. Stanzas that lack a field are left out. */
export function parsePackages(text: string, release: string): DebianPackage[] {
  const packages: DebianPackage[] = [];
  for (const stanza of text.split('\n\n')) {
    const fields = fieldsOf(stanza);
    const name = fields.get('Package');
    const version = fields.get('Version');
    const size = Number(fields.get('Size'));
    if (name === undefined || version === undefined || !Number.isFinite(size)) continue;
    const depends = `${fields.get('Depends') ?? ''}, ${fields.get('Pre-Depends') ?? ''}`;
    packages.push({
      release,
      name,
      version,
      size,
      source: (fields.get('Source') ?? name).split(' ')[0] ?? name,
      architecture: fields.get('Architecture') ?? '',
      section: fields.get('Section') ?? '',
      homepage: fields.get('Homepage') ?? '',
      hasCode: /(^|[ ,])libc6(:\w+)? /.test(`${depends} `),
      builtUsing: `${fields.get('Built-Using') ?? ''} ${fields.get('Static-Built-Using') ?? ''}`,
    });
  }
  return packages;
}
