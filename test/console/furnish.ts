import { labelMalware, type Server } from '../harness/server.ts';
import { until } from '../harness/until.ts';
import { deliverHostileScan, PROGRAM } from './hostile-scan.ts';
import { deliverSmallScan } from './small-scan.ts';

async function judged(server: Server, id: string): Promise<void> {
  await until(`Scan ${id}`, 120, async () => {
    const { state } = await server.client.call('getScan', { params: { id } });
    return state === 'done' ? true : undefined;
  });
}

/**
 * An organisation at work: an infected endpoint, unknown software on some others, a hunt with its coverage. Answers
 * where each page of the console is then.
 */
export async function furnish(server: Server): Promise<Readonly<Record<string, string>>> {
  await labelMalware(server, 'Demo Trojan', PROGRAM);
  const hunt = await server.client.call('createHunt', {
    body: { name: 'Q4 servers', targets: ['srv-web-01', 'srv-web-02', 'srv-db-07', 'srv-mail'], owner: 'IT security' },
  });
  const key = await server.client.call('createKey', { body: { name: 'kit', permission: 'scan', huntId: hunt.id } });
  const infected = await deliverHostileScan(server, server.key, 'srv-db-07');
  const others = [];
  for (const name of ['srv-web-01', 'srv-web-02']) others.push(await deliverSmallScan(server, key.secret, name));
  for (const id of [infected, ...others]) await judged(server, id);
  await until('Unknown code', 90, async () => {
    const { items } = await server.client.call('listUnknown', { query: {} });
    return items.length > 0 ? true : undefined;
  });
  const { items } = await server.client.call('listFamilies', {});
  const { notTrusted } = await server.client.call('getScanReport', { params: { id: infected } });
  const worst = notTrusted.find(({ verdict }) => verdict === 'malicious');
  const { items: endpoints } = await server.client.call('listEndpoints', { query: { standing: 'malicious' } });
  const { items: clusters } = await server.client.call('listUnknown', { query: {} });
  const { items: cases } = await server.client.call('listCases', { query: {} });
  const { items: retroHunts } = await server.client.call('listRetroHunts', { query: {} });
  return {
    overview: '/',
    endpoints: '/endpoints',
    endpoint: `/endpoints/${endpoints[0]?.id}`,
    report: `/scans/${infected}`,
    changes: `/scans/${infected}?tab=changes`,
    artifacts: `/scans/${infected}?tab=artifacts&artifact=${worst?.sha256}:${worst?.layout}`,
    findings: `/scans/${infected}?tab=findings`,
    persistence: `/scans/${infected}?tab=persistence`,
    jit: `/scans/${infected}?tab=jit`,
    coverage: `/scans/${infected}?tab=coverage`,
    acquittal: `/scans/${others[0]}/acquit`,
    artifact: `/artifacts/${worst?.sha256}/${worst?.layout}`,
    code: `/artifacts/${worst?.sha256}/${worst?.layout}?function=0`,
    cases: '/cases',
    case: `/cases/${cases[0]?.id}`,
    scans: '/scans',
    hunts: '/hunts',
    hunt: `/hunts/${hunt.id}`,
    planning: '/hunts/new',
    unknown: '/unknown',
    cluster: `/unknown/${clusters[0]?.id}`,
    foreign: '/foreign',
    families: '/families',
    family: `/families/${items.find(({ name }) => name === 'Demo Trojan')?.id}`,
    search: '/search?q=srv',
    retro: '/retro-hunts',
    'retro-hunt': `/retro-hunts/${retroHunts[0]?.id}`,
    genome: '/genome',
    scanner: '/scanner',
    upload: '/upload',
    baseline: '/baseline',
  };
}
