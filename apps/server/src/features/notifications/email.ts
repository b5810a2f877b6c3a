import { type BlockList, isIP } from 'node:net';
import { createTransport } from 'nodemailer';
import { guardedAddress } from '../../platform/guarded-address.ts';
import { type Message, oneLine } from './message.ts';

const TIMEOUT = 15_000;
const SUBJECT = 150;

export interface Email {
  readonly host: string;
  readonly port: number;
  readonly security: 'tls' | 'starttls' | 'none';
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly from: string;
  readonly to: readonly string[];
  readonly ca?: string | undefined;
}

/** Throws an Error unless the mail server took it for every address. */
export async function sendEmail(email: Email, message: Message, allowed: BlockList): Promise<void> {
  const transport = createTransport({
    host: await guardedAddress(email.host, allowed),
    port: email.port,
    secure: email.security === 'tls',
    requireTLS: email.security === 'starttls',
    ignoreTLS: email.security === 'none',
    connectionTimeout: TIMEOUT,
    greetingTimeout: TIMEOUT,
    socketTimeout: TIMEOUT,
    disableFileAccess: true,
    disableUrlAccess: true,
    tls: {
      ...(isIP(email.host) === 0 ? { servername: email.host } : {}),
      ...(email.ca === undefined ? {} : { ca: email.ca }),
    },
    ...(email.user === undefined ? {} : { auth: { user: email.user, pass: email.password ?? '' } }),
  });
  try {
    const { rejected } = await transport.sendMail({
      from: email.from,
      to: [...email.to],
      subject: `[Genehound] ${oneLine(message.text).slice(0, SUBJECT)}`,
      text: `${oneLine(message.text)}\n\n${JSON.stringify(message.details, null, 2)}\n\n${message.event}, ${message.severity}, ${message.at.toISOString()}\n`,
      messageId: `<${message.id}@genehound>`,
    });
    if (rejected.length > 0) throw new Error(`the mail server refused ${rejected.length} of the addresses`);
  } finally {
    transport.close();
  }
}
