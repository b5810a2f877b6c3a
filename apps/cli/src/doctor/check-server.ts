import { connect as open } from 'node:net';
import { ApiError } from '@genehound/contract';
import { type CliConfig, serverFile } from '../config.ts';
import { connect, findLocalServer } from '../server-connection.ts';
import { type Finding, failed, ok, warning } from './check.ts';

/** Does anything listen there? */
function isTaken(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = open({ host, port, timeout: 2_000 });
    const end = (answer: boolean) => (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false));
  });
}

async function checkPort({ host, port }: Listening): Promise<Finding> {
  if (port !== 0 && (await isTaken(host, port)))
    return warning(
      'port',
      `Port ${port} of ${host} is in use by another program.`,
      'Choose another by --port or GENEHOUND_PORT.',
    );
  return ok('port', `Port ${port} of ${host} is free.`);
}

interface Listening {
  readonly host: string;
  readonly port: number;
}

/** The server that runs on the data directory: does it answer, take its key, and know what it should? */
export async function checkServer(config: CliConfig, listening: Listening): Promise<readonly Finding[]> {
  const local = await findLocalServer(config.data);
  if (local === undefined) {
    const next = 'Start one with "genehound server" or "npm run hunt".';
    return [
      warning('server', `No server runs on ${config.data}, as far as this user sees.`, next),
      await checkPort(listening),
    ];
  }
  try {
    const { client } = await connect(config, { url: local.url, key: local.key });
    const status = await client.call('getStatus', {});
    const said = `${local.url} serves version ${status.version} on ${status.database === 'embedded' ? 'its own' : 'an external'} PostgreSQL, schema ${status.schema}.`;
    const findings = [
      status.ready ? ok('server', said) : warning('server', `${said} It is not ready yet.`, 'Wait, then ask again.'),
    ];
    const { indexCurrent, pendingSamples, families, genes } = await client.call('getGenome', {});
    const known = `${families} families, ${genes} genes`;
    return [
      ...findings,
      indexCurrent && pendingSamples === 0
        ? ok('genome', `${known}; the index is current.`)
        : warning(
            'genome',
            `${known}; ${pendingSamples} samples are still to be read.`,
            'Wait; verdicts follow by themselves.',
          ),
    ];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const next =
      error instanceof ApiError && error.status === 401
        ? `${serverFile(config.data)} is of another server; start the server again.`
        : `Its log says why: ${config.data}/log/server.log, or the terminal that it was started in.`;
    return [failed('server', `A server should run at ${local.url}: ${why}.`, next)];
  }
}
