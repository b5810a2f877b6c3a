import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { assertAccessible } from './accessibility.ts';
import { consoleServer } from './console-server.ts';

/** Accounts as administrators and users deal with them, in a real browser. */

const house = consoleServer();
const OWN_PASSWORD = 'seven green bottles';
let initialPassword = '';

/** The code that an authenticator shows for this secret, `ahead` steps of 30 seconds from now (RFC 6238). */
function codeOf(secret: string, ahead: number): string {
  const bits = [...secret].map((letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  );
  const bytes = (bits.join('').match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead));
  const mac = createHmac('sha1', Buffer.from(bytes)).update(counter).digest();
  const number = mac.readUInt32BE((mac.at(-1) ?? 0) & 15) & 0x7fff_ffff;
  return String(number % 1_000_000).padStart(6, '0');
}

async function signInAs(page: Page, name: string, password: string, code?: string): Promise<void> {
  await page.locator('input[name="name"]').fill(name);
  await page.locator('input[name="password"]').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).press('Enter');
  if (code === undefined) return;
  await page.locator('input[name="code"]').fill(code);
  await page.getByRole('button', { name: 'Sign in' }).press('Enter');
}

describe('the settings in the console', () => {
  it('adds a user, makes and revokes a key, tells who is told, shows and saves the audit log', async (context) => {
    const visitor = await house.at(context, '/settings/users');
    if (visitor === undefined) return;
    const { page, complaints } = visitor;
    await page.locator('input[name="name"]').fill('grace');
    await page.getByRole('button', { name: 'Add the user' }).press('Enter');
    const shown = page.getByRole('status').filter({ hasText: 'The initial password of grace' });
    initialPassword = (await shown.getByRole('code').textContent()) ?? '';
    assert.match(initialPassword, /^[a-z0-9]{5}(-[a-z0-9]{5}){3}$/);
    await page.getByRole('row').filter({ hasText: 'grace' }).getByText('has an initial password').waitFor();
    await assertAccessible(page, 'users');
    await page.getByRole('button', { name: 'Change roles of grace' }).press('Enter');
    const roles = page.getByRole('group', { name: 'Roles of grace' });
    await roles.getByRole('checkbox').first().waitFor();
    await assertAccessible(page, 'roles of a user');
    await roles.getByRole('checkbox', { name: /viewer/i }).press('Space');
    await page.getByRole('button', { name: 'Keep these' }).press('Enter');
    await page
      .getByRole('row')
      .filter({ hasText: 'grace' })
      .filter({ hasText: /viewer/i })
      .waitFor();
    await page.locator('input[name="name"]').fill('Grace');
    await page.getByRole('button', { name: 'Add the user' }).press('Enter');
    await page.getByRole('alert').filter({ hasText: 'taken' }).waitFor();

    const sections = page.getByRole('navigation', { name: 'Settings' });
    // The page before has a field of the same name: what is filled too early is filled there.
    await sections.getByRole('link', { name: 'Keys' }).press('Enter');
    await page.getByRole('button', { name: 'Make the key' }).waitFor();
    await page.locator('input[name="name"]').fill('for <b>one</b> collector');
    await page.getByRole('button', { name: 'Make the key' }).press('Enter');
    await page.getByRole('status').filter({ hasText: 'The secret of' }).waitFor();
    await assertAccessible(page, 'keys');
    const revoke = page.getByRole('button', { name: /^Revoke the key for/ });
    await revoke.dblclick();
    await page.getByRole('button', { name: 'No', exact: true }).press('Enter');
    await revoke.focus();
    for (const _held of [1, 2, 3]) await page.keyboard.down('Enter');
    await page.keyboard.up('Enter');
    await page.getByRole('button', { name: 'No', exact: true }).press('Enter');
    await page.getByRole('button', { name: /^Revoke the key for/ }).press('Enter');
    await page.getByRole('button', { name: 'Yes: Revoke' }).press('Enter');
    await page.getByRole('row').filter({ hasText: 'collector' }).getByText('revoked', { exact: true }).waitFor();

    await sections.getByRole('link', { name: 'Notifications' }).press('Enter');
    await page.getByRole('button', { name: 'Add the webhook' }).waitFor();
    await page.locator('input[name="name"]').fill('nowhere');
    await page.locator('input[name="url"]').fill('http://127.0.0.1:9/hook');
    await page.getByRole('button', { name: 'Add the webhook' }).press('Enter');
    await page.getByText(/Standard Webhooks/).waitFor();
    await page.getByRole('button', { name: 'Test message by nowhere' }).press('Enter');
    await page.getByText(/It was not taken/).waitFor();
    await page
      .getByRole('table', { name: 'Messages' })
      .getByText(/inner network/)
      .waitFor();
    await assertAccessible(page, 'notifications');

    await sections.getByRole('link', { name: 'Audit log' }).press('Enter');
    await page.getByRole('row').filter({ hasText: 'account.create' }).filter({ hasText: 'grace' }).waitFor();
    await assertAccessible(page, 'the audit log');
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: /lines/i }).press('Enter'),
    ]);
    assert.equal(file.suggestedFilename(), 'genehound-audit.jsonl');

    await sections.getByRole('link', { name: 'Organisations' }).press('Enter');
    await page.getByRole('button', { name: 'Add the organisation' }).waitFor();
    await page.locator('input[name="name"]').fill('a daughter company');
    await page.locator('input[name="administrator"]').fill('daughter');
    await page.getByRole('button', { name: 'Add the organisation' }).press('Enter');
    await page.getByRole('row').filter({ hasText: 'a daughter company' }).waitFor();
    await assertAccessible(page, 'organisations');
    assert.deepEqual(complaints(), []);
    await page.context().close();
  });

  it('trusts a publisher below a certificate, says what is wrong with one that is none, and takes it back', async (context) => {
    const visitor = await house.at(context, '/settings/publishers');
    if (visitor === undefined) return;
    const { page, complaints } = visitor;
    const [options, subject] = ['req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes', '/CN=A Root'];
    const args = [...options.split(' '), '-keyout', '/dev/null', '-subj', subject];
    const pem = execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    await page.getByText('Nothing that was collected bears a signature').waitFor();
    await page.getByLabel('Subject').fill('CN=<b>Works</b>, O=Works');
    await page.getByLabel('Certificates').fill('nothing');
    await page.getByLabel('Reason').fill('we buy from them');
    await page.getByRole('button', { name: 'Trust', exact: true }).press('Enter');
    await page.getByRole('alert').filter({ hasText: 'a certificate cannot be read' }).waitFor();
    await page.getByLabel('Certificates').fill(`${pem}\n${pem}`);
    await page.getByRole('button', { name: 'Trust', exact: true }).press('Enter');
    await page.getByRole('status').filter({ hasText: 'It is trusted. 0 files' }).waitFor();
    const row = page.getByRole('row').filter({ hasText: 'we buy from them' });
    await row.getByText('CN=<b>Works</b>, O=Works').waitFor();
    await assertAccessible(page, 'publishers');
    await row.getByRole('button', { name: /^Remove/ }).press('Enter');
    await row.getByText('removed by').waitFor();
    assert.deepEqual(complaints(), []);
  });

  it('asks a new user for a password of his own, and for a code once he has set that up', async (context) => {
    const visitor = await house.visitor(context, { scheme: 'dark' });
    if (visitor === undefined) return;
    const { page, complaints } = visitor;
    await page.goto(`${house.server.url}/sign-in`);
    await signInAs(page, 'grace', initialPassword);
    await page.getByText('Choose one of your own before anything else').waitFor();
    await assertAccessible(page, 'the first password');
    await page.locator('input[name="current"]').fill(initialPassword);
    await page.locator('input[name="password"]').fill(OWN_PASSWORD);
    await page.getByRole('button', { name: 'Change the password' }).press('Enter');
    await page.getByRole('heading', { name: 'Second factor' }).waitFor();
    assert.equal(await page.getByRole('link', { name: 'Users' }).count(), 0, 'an analyst is offered no administration');
    await page.getByRole('form', { name: 'Second factor' }).locator('input[name="password"]').fill(OWN_PASSWORD);
    await page.getByRole('button', { name: 'Set up' }).press('Enter');
    await page.getByRole('img', { name: /^QR code/ }).waitFor();
    await assertAccessible(page, 'the second factor');
    const form = page.getByRole('form', { name: 'Second factor' });
    const secret = (await form.getByRole('code').textContent()) ?? '';
    await form.locator('input[name="code"]').fill(codeOf(secret, 0));
    await form.getByRole('button', { name: 'Confirm' }).press('Enter');
    await page.getByText('Keep these recovery codes').waitFor();
    await assertAccessible(page, 'recovery codes');
    // Back from another window, where they are to be kept: the account is asked for again.
    const again = page.waitForResponse((response) => response.url().endsWith('/me/account'));
    await page.evaluate("dispatchEvent(new Event('visibilitychange'))");
    await (await again).finished();
    await page.waitForTimeout(200);
    assert.equal(await page.getByText('Keep these recovery codes').isVisible(), true, 'the codes are still shown');
    await page.getByRole('button', { name: 'Sign out' }).press('Enter');
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await signInAs(page, 'grace', OWN_PASSWORD, codeOf(secret, 1));
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    await page.goto(`${house.server.url}/settings`);
    await page.getByText('Recovery codes that are left: 10').waitFor();
    await page.getByRole('table', { name: 'Sessions' }).getByText('this one').waitFor();
    await assertAccessible(page, 'the account');
    assert.deepEqual(complaints(), []);
    await page.context().close();
  });

  for (const role of ['analyst', 'viewer'] as const) {
    it(`offers the ${role} nothing that the server would refuse him`, async (context) => {
      const visitor = await house.visitor(context);
      if (visitor === undefined) return;
      const { page, complaints } = visitor;
      const { url, client } = house.server;
      const made = await client.call('createUser', { body: { name: role, roles: [role] } });
      await page.goto(`${url}/sign-in`);
      await signInAs(page, role, made.password);
      await page.locator('input[name="current"]').fill(made.password);
      await page.locator('input[name="password"]').fill(OWN_PASSWORD);
      await page.getByRole('button', { name: 'Change the password' }).press('Enter');
      await page.getByRole('heading', { name: 'Second factor' }).waitFor();
      const analyst = role === 'analyst' ? 1 : 0;
      const keys = 'keys are the administrator’s';
      const offered = [
        [
          '/upload',
          analyst === 1 ? keys : 'Your account may look',
          { 'Analyse files': analyst, 'offline scan': analyst },
        ],
        ['/scanner', 'key create scanners', { 'Make a key': 0 }],
        ['/genome', 'Sources of knowledge', { 'Choose a pack': analyst }],
        ['/hunts', 'Whose scans', { 'New hunt': analyst }],
        ['/settings/publishers', 'Nothing that was collected', { 'Trust a publisher': 0 }],
      ] as const;
      for (const [path, there, counts] of offered) {
        await page.goto(url + path);
        await page.getByText(there).first().waitFor();
        // Until the page knows who reads it, it offers nothing.
        await page.locator('header').getByText(role, { exact: true }).waitFor();
        for (const [text, count] of Object.entries(counts))
          assert.equal(await page.getByText(text).count(), count, `${text} on ${path}`);
      }
      assert.deepEqual(complaints(), []);
      await page.context().close();
    });
  }
});
