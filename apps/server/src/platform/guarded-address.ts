import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

/** Networks that no message leaves for unless the operator says so: whoever may add a channel must not reach them. */
const INNER: readonly (readonly [string, number, 'ipv4' | 'ipv6'])[] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['224.0.0.0', 3, 'ipv4'],
  ['::', 96, 'ipv6'],
  // Translated, tunnelled: an inner IPv4 address may stand in them.
  ['::ffff:0:0:0', 96, 'ipv6'],
  ['2001::', 32, 'ipv6'],
  ['64:ff9b::', 96, 'ipv6'],
  ['64:ff9b:1::', 48, 'ipv6'],
  ['2002::', 16, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['fec0::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
];

const inner = new BlockList();
for (const [network, prefix, family] of INNER) inner.addSubnet(network, prefix, family);

/** Networks as `10.0.0.0/8` or single addresses. Throws an Error that names the one that is none. */
export function parseNetworks(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    const family = isIP(address);
    const length = prefix === undefined ? (family === 6 ? 128 : 32) : Number(prefix);
    if (family === 0 || !Number.isInteger(length) || length < 0 || length > (family === 6 ? 128 : 32))
      throw new Error(`"${network}" is no network; write it as 10.0.0.0/8`);
    list.addSubnet(address, length, family === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}

/** An IPv4 address in an IPv6 one is judged as what it is. */
function plain(address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
}

export function isAdmitted(address: string, allowed: BlockList): boolean {
  const shown = plain(address);
  const family = isIP(shown) === 6 ? 'ipv6' : 'ipv4';
  return allowed.check(shown, family) || !inner.check(shown, family);
}

/**
 * The address to connect to for a host that somebody else named: the caller connects to it and to no name, so that
 * the name cannot lead elsewhere in between. Throws an Error where it leads into an inner network.
 */
export async function guardedAddress(host: string, allowed: BlockList): Promise<string> {
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  const addresses = isIP(bare) === 0 ? (await lookup(bare, { all: true })).map(({ address }) => address) : [bare];
  const [first] = addresses;
  if (first === undefined) throw new Error(`${bare} has no address`);
  const refused = addresses.find((address) => !isAdmitted(address, allowed));
  if (refused !== undefined)
    throw new Error(`${refused} is of an inner network; the operator admits it by GENEHOUND_NOTIFY_NETWORKS`);
  return first;
}
