import { once } from 'node:events';
import { type BlockList, connect, isIP, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { connect as connectTls } from 'node:tls';
import { guardedAddress } from '../../platform/guarded-address.ts';
import { type Message, oneLine } from './message.ts';

const TIMEOUT = 10_000;
/** Facility 13, log audit. */
const FACILITY = 13;
const LEVELS: Readonly<Record<string, number>> = { critical: 2, warning: 4, information: 6 };
/** RFC 5424: every receiver takes 480 octets, and should take 2,048. */
const MOST = 2_000;

export interface Syslog {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly ca?: string | undefined;
}

const parameter = (value: string): string => oneLine(value).replace(/[\\"\]]/g, (one) => `\\${one}`);

/** RFC 5424, with the event and its id as structured data (32473 is the number for examples and documentation). */
function formatSyslog(message: Message, host: string): string {
  const priority = FACILITY * 8 + (LEVELS[message.severity] ?? 6);
  const name = host.replace(/[^\x21-\x7e]/g, '').slice(0, 255) || '-';
  const data = `[genehound@32473 id="${parameter(message.id)}" event="${parameter(message.event)}"]`;
  const head = `<${priority}>1 ${message.at.toISOString()} ${name} genehound ${process.pid} ${message.event} ${data}`;
  return `${head} \ufeff${oneLine(message.text)}`;
}

/** At most MOST octets, and no half of a character. */
function cut(text: string): Buffer {
  const bytes = Buffer.from(text);
  let end = Math.min(bytes.length, MOST);
  while (end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end);
}

function open({ host, port, tls, ca }: Syslog, address: string): Socket {
  if (!tls) return connect({ host: address, port });
  return connectTls({
    host: address,
    port,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(ca === undefined ? {} : { ca }),
  });
}

/** Throws an Error unless it was handed to the receiver's connection and that was closed in order; syslog acknowledges nothing. */
export async function sendSyslog(syslog: Syslog, message: Message, allowed: BlockList): Promise<void> {
  const address = await guardedAddress(syslog.host, allowed);
  const bytes = cut(formatSyslog(message, hostname()));
  const socket = open(syslog, address);
  // From the first packet on: a host that never answers would keep a worker for minutes.
  const timer = setTimeout(() => socket.destroy(new Error(`no answer within ${TIMEOUT / 1_000} s`)), TIMEOUT);
  try {
    await once(socket, syslog.tls ? 'secureConnect' : 'connect');
    socket.end(Buffer.concat([Buffer.from(`${bytes.length} `), bytes]));
    socket.resume();
    await once(socket, 'close');
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}
