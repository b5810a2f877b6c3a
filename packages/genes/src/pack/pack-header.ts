import type { FamilyType } from '@genehound/contract';
import { LIMITS, PackError, type PackFamily, type PackHeader, type PackWords } from './pack-format.ts';

/** The header is JSON (UTF-8), as a text of exactly these fields. */
export function encodeHeader({ scheme, instructionSets, source, families }: PackHeader): Uint8Array {
  const { name, licence, tlp, attribution, date } = source;
  const value = {
    scheme,
    instructionSets,
    source: { name, licence, tlp, attribution, date },
    families: families.map((family) => [family.name, family.type]),
  };
  return Buffer.from(JSON.stringify(value), 'utf8');
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new PackError('The header is damaged');
  return value as Fields;
}

function textOf(value: unknown, what: string, most: number, least = 0): string {
  if (typeof value !== 'string' || value.length > most || value.length < least)
    throw new PackError(`The ${what} in the header is not valid`);
  return value;
}

function listOf(value: unknown, what: string, most: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length > most) throw new PackError(`The ${what} in the header are not valid`);
  return value;
}

function familyOf(value: unknown, types: readonly FamilyType[]): PackFamily {
  const [name, word, ...more] = listOf(value, 'families', 2);
  const type = types.find((known) => known === word);
  if (type === undefined || more.length > 0) throw new PackError(`The header has a family of an unknown type`);
  return { name: textOf(name, 'name of a family', LIMITS.name, 1), type };
}

function parse(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch {
    throw new PackError('The header is damaged');
  }
}

/** Throws PackError. */
export function decodeHeader(payload: Uint8Array, { types, tlps }: PackWords): PackHeader {
  const fields = fieldsOf(parse(payload));
  const { scheme } = fields;
  if (typeof scheme !== 'number' || !Number.isInteger(scheme) || scheme < 1 || scheme > 0xffff)
    throw new PackError('The scheme in the header is not valid');
  const source = fieldsOf(fields['source']);
  const tlp = tlps.find((known) => known === source['tlp']);
  if (tlp === undefined) throw new PackError('The TLP in the header is none that is known');
  const date = textOf(source['date'], 'date', 40);
  if (!/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(date) || Number.isNaN(Date.parse(date)))
    throw new PackError('The date in the header is not valid');
  const families = listOf(fields['families'], 'families', LIMITS.families).map((value) => familyOf(value, types));
  const names = new Set(families.map(({ name }) => name.toLowerCase()));
  if (names.size !== families.length) throw new PackError('The header names a family twice');
  return {
    scheme,
    instructionSets: listOf(fields['instructionSets'], 'instruction sets', 32).map((name) =>
      textOf(name, 'instruction set', 40, 1),
    ),
    source: {
      name: textOf(source['name'], 'name', LIMITS.name, 1),
      licence: textOf(source['licence'], 'licence', LIMITS.text, 1),
      tlp,
      attribution: textOf(source['attribution'], 'attribution', LIMITS.text),
      date,
    },
    families,
  };
}
