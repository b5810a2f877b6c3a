import type { Answer, Client, FamilyType, Scope } from '@genehound/contract';
import type { InstalledPackage } from '../debian/dpkg-database.ts';

const LIBRARY_SECTIONS = ['libs', 'libdevel', 'oldlibs'];
const LIBRARY_NAME = /^lib|-(libs?|devel|dev)$/;
const INTERPRETERS =
  /^(python\d|libpython\d|perl|libperl\d|nodejs$|libnode\d|ruby\d|libruby|openjdk-|default-jre|lua\d|liblua|php\d|libphp|tcl\d|libtcl|guile-|mono-runtime|libmono)/;

/** What kind of software a package is, by its name and section. */
export function typeOfPackage(one: Pick<InstalledPackage, 'name' | 'section'>): FamilyType {
  if (INTERPRETERS.test(one.name)) return 'interpreter';
  // Other distributions have no sections, but name their libraries in one way.
  const isLibrary = one.section === '' ? LIBRARY_NAME.test(one.name) : LIBRARY_SECTIONS.includes(one.section);
  return isLibrary ? 'library' : 'application';
}

export interface FamilyChooser {
  choose(one: Pick<InstalledPackage, 'name' | 'section' | 'source'>): { family: string; type: FamilyType };
}

/**
 * The family of a package is its source package: code of one origin. A family has one type, though, and some
 * sources build both libraries and programs: then the later one gets a family by its own name. Families that exist
 * on the server go first, so that every run chooses the same.
 */
export async function createFamilyChooser(client: Client, scope: Scope = 'global'): Promise<FamilyChooser> {
  const answer: Answer<'listFamilies'> = await client.call('listFamilies', {});
  const types = new Map<string, FamilyType>();
  for (const family of answer.items) if (family.scope === scope) types.set(family.name.toLowerCase(), family.type);
  return {
    choose(one) {
      const type = typeOfPackage(one);
      const names = [one.source, one.name, `${one.name} (${type})`];
      const family =
        names.find((name) => (types.get(name.toLowerCase()) ?? type) === type) ?? `${one.name} (Debian, ${type})`;
      types.set(family.toLowerCase(), type);
      return { family, type };
    },
  };
}
