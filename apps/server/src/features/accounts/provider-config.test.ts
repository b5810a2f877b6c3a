import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { assignment, type ProviderRule, readProviderConfig } from './provider-config.ts';

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'genehound-provider-'));
});
after(async () => await rm(directory, { recursive: true }));

const GOOD = {
  name: 'Example',
  issuer: 'https://idp.example.org/realm',
  clientId: 'genehound',
  consoleUrl: 'https://genehound.example.org',
  rules: [{ claim: 'groups', value: 'hunters', organisation: 'default', roles: ['analyst'] }],
};

async function read(content: unknown): Promise<unknown> {
  const path = join(directory, 'provider.json');
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return await readProviderConfig(path);
}

test('a file that names what it must is taken, anything else is refused by what is wrong with it', async () => {
  await read(GOOD);
  await read({ ...GOOD, issuer: 'http://127.0.0.1:8080' });
  for (const [change, why] of [
    [{ issuer: 'http://idp.example.org' }, /issuer: .*https/],
    [{ consoleUrl: 'http://10.0.0.1' }, /consoleUrl: .*https/],
    [{ rules: [] }, /rules/],
    [{ rules: [{ ...GOOD.rules[0], roles: ['root'] }] }, /rules\.0\.roles\.0/],
    [{ rule: [] }, /rule/],
    [{ clientSecretFile: 'missing' }, /missing/],
  ] as const)
    await assert.rejects(read({ ...GOOD, ...change }), why);
  await assert.rejects(read('{'), /provider\.json cannot be used/);
});

test('nobody gets a role that no rule of one organisation gives him', () => {
  const names = fc.constantFrom('a', 'b', '__proto__', 'constructor', 'c');
  const roles = fc.uniqueArray(fc.constantFrom('viewer', 'analyst', 'administrator', 'operator'), { minLength: 1 });
  const rules = fc.array(fc.record({ claim: names, value: names, organisation: names, roles }));
  const claims = fc.dictionary(names, fc.oneof(names, fc.array(names), fc.anything()));
  fc.assert(
    fc.property(rules, claims, (given, said) => {
      const list = given as readonly ProviderRule[];
      const found = assignment(list, said);
      const fits = list.filter(
        ({ claim, value }) => Object.hasOwn(said, claim) && [said[claim]].flat().some((one) => one === value),
      );
      if (fits.length === 0) return found === null;
      const allowed = fits.filter(({ organisation }) => organisation === found?.organisation);
      return (
        found !== null &&
        found.organisation === fits[0]?.organisation &&
        found.roles.length > 0 &&
        found.roles.every((role) => allowed.some((one) => one.roles.includes(role)))
      );
    }),
  );
});
