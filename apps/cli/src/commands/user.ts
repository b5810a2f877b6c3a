import { type Answer, type CallInput, type Client, ROLES, type Role } from '@genehound/contract';
import { type Command, Option } from 'commander';
import { type Context, printJson, type Run, withServerOptions } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.table.ts';
import { Failure } from '../failure.ts';
import { connect, type ServerOptions } from '../server-connection.ts';
import { safeText } from '../terminal/escape.ts';
import { formatTable } from '../terminal/table.ts';

type PlainOptions = ServerOptions & { readonly json?: boolean };
type User = Answer<'listUsers'>['items'][number];

const JSON_TEXT = 'one JSON document on standard output';

function stateOf(user: User): string {
  if (user.disabledAt !== null) return 'disabled';
  return user.mustChangePassword ? 'initial password' : 'enabled';
}

function formatUsers(users: readonly User[]): string {
  const rows = users.map((user) => [
    safeText(user.name, 60),
    user.roles.join(','),
    stateOf(user),
    user.secondFactor ? 'yes' : 'no',
    String(user.sessions),
    user.lastSignInAt ?? 'never',
  ]);
  return formatTable([['NAME', 'ROLES', 'STATE', 'SECOND FACTOR', 'SESSIONS', 'LAST SIGN-IN'], ...rows]);
}

/** By the name, in any case, or by the id. */
async function userNamed(client: Client, name: string): Promise<User> {
  const { items } = await client.call('listUsers', {});
  const found = items.find((user) => user.id === name || user.name.toLowerCase() === name.toLowerCase());
  if (found !== undefined) return found;
  throw new Failure(EXIT.failed, `There is no user ${name} here.`, '"genehound user list" shows the users.');
}

function tellPassword({ io }: Context, user: Answer<'createUser'>, json: boolean | undefined): ExitCode {
  if (json === true) printJson(io, user);
  else {
    io.out(user.password);
    io.tell(`This is the initial password of ${safeText(user.name, 200)}, to be replaced at the first sign-in.`);
  }
  return EXIT.done;
}

function roleOption(): Option {
  return new Option('--role <role...>', 'what the user may do').choices(ROLES);
}

function addChange(command: Command, run: Run): void {
  const change = (name: string, options: PlainOptions, body: CallInput<'changeUser'>['body']) =>
    run(async ({ config, io }) => {
      const { client } = await connect(config, options);
      const { id } = await userNamed(client, name);
      const user = await client.call('changeUser', { params: { id }, body });
      if (options.json === true) printJson(io, user);
      else io.out(formatUsers([user]));
      return EXIT.done;
    });
  withServerOptions(command.command('roles <name>'))
    .description('give a user these roles in place of those he has')
    .addOption(roleOption().makeOptionMandatory())
    .option('--json', JSON_TEXT)
    .action((name: string, options: PlainOptions & { readonly role: readonly Role[] }) =>
      change(name, options, { roles: [...options.role] }),
    );
  for (const [verb, disabled, what] of [
    ['disable', true, 'a user may not sign in any more; his sessions end at once'],
    ['enable', false, 'a disabled user may sign in again'],
  ] as const)
    withServerOptions(command.command(`${verb} <name>`))
      .description(what)
      .option('--json', JSON_TEXT)
      .action((name: string, options: PlainOptions) => change(name, options, { disabled }));
}

function addDoors(command: Command, run: Run): void {
  withServerOptions(command.command('reset <name>'))
    .description('a new initial password, shown this once; the second factor goes, sessions end')
    .option('--json', JSON_TEXT)
    .action((name: string, options: PlainOptions) =>
      run(async (context) => {
        const { client } = await connect(context.config, options);
        const { id } = await userNamed(client, name);
        return tellPassword(context, await client.call('resetUser', { params: { id } }), options.json);
      }),
    );
  withServerOptions(command.command('end-sessions <name>'))
    .description('sign a user out everywhere')
    .option('--json', JSON_TEXT)
    .action((name: string, options: PlainOptions) =>
      run(async ({ config, io }) => {
        const { client } = await connect(config, options);
        const { id, sessions } = await userNamed(client, name);
        const user = await client.call('endUserSessions', { params: { id } });
        if (options.json === true) printJson(io, user);
        else io.out(`${safeText(user.name, 200)} is signed out (${sessions} sessions).`);
        return EXIT.done;
      }),
    );
}

/** genehound user list|create|roles|disable|enable|reset|end-sessions */
export function addUserCommand(program: Command, run: Run): void {
  const command = program.command('user').description('users of the organisation (administrator)');
  withServerOptions(command.command('list'))
    .description('all users')
    .option('--json', JSON_TEXT)
    .action((options: PlainOptions) =>
      run(async ({ config, io }) => {
        const { client } = await connect(config, options);
        const users = await client.call('listUsers', {});
        if (options.json === true) printJson(io, users);
        else io.out(formatUsers(users.items));
        return EXIT.done;
      }),
    );
  withServerOptions(command.command('create <name>'))
    .description('make a user; the initial password is shown this once, to be given to him')
    .addOption(roleOption().default(['viewer']))
    .option('--json', JSON_TEXT)
    .action((name: string, options: PlainOptions & { readonly role: readonly Role[] }) =>
      run(async (context) => {
        const { client } = await connect(context.config, options);
        const user = await client.call('createUser', { body: { name, roles: [...options.role] } });
        return tellPassword(context, user, options.json);
      }),
    );
  addChange(command, run);
  addDoors(command, run);
}
