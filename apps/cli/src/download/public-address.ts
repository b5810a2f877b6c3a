import { BlockList, isIP } from 'node:net';

/** Addresses that are nobody's on the Internet (IANA special-purpose registries, RFC 6890 and later). */
const V4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const;
/** Of version 6 only what is given out (2000::/3), without tunnels to version 4, benchmarks and documentation. */
const V6_GLOBAL = ['2000::', 3] as const;
const V6_SPECIAL = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const;

const special = new BlockList();
for (const [net, bits] of V4) special.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of V6_SPECIAL) special.addSubnet(net, bits, 'ipv6');
const global6 = new BlockList();
global6.addSubnet(...V6_GLOBAL, 'ipv6');

/** True where the address belongs to the public Internet, so that nothing of one's own network is reached through it. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !special.check(address, 'ipv4');
  return family === 6 && global6.check(address, 'ipv6') && !special.check(address, 'ipv6');
}
