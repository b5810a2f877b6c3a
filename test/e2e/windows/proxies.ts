import { once } from 'node:events';
import { createServer as createHttp } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';

/** A proxy that answers every request with a refused key and keeps what it was asked, and a server of one proxy script. */
export interface Proxies {
  /** Request lines that came to the proxy. */
  readonly asked: readonly string[];
  readonly proxy: string;
  readonly script: string;
  readonly close: () => void;
}

/** `script` is made for the proxy's address. */
export async function startProxies(script: (proxy: string) => string): Promise<Proxies> {
  const asked: string[] = [];
  const refusing = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (bytes) => {
      asked.push(bytes.toString('latin1').split('\r\n')[0] ?? '');
      // As the server behind it would refuse a key: that ends a scan at once.
      socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    });
  });
  refusing.listen(0, '127.0.0.1');
  await once(refusing, 'listening');
  const proxy = `127.0.0.1:${(refusing.address() as AddressInfo).port}`;
  const serving = createHttp((_, response) => {
    response.writeHead(200, { 'content-type': 'application/x-ns-proxy-autoconfig' }).end(script(proxy));
  });
  serving.listen(0, '127.0.0.1');
  await once(serving, 'listening');
  return {
    asked,
    proxy,
    script: `http://127.0.0.1:${(serving.address() as AddressInfo).port}/proxy.pac`,
    close: () => {
      refusing.close();
      serving.closeAllConnections();
      serving.close();
    },
  };
}

/** What the settings of a user's connections hold, as Windows writes it: flags, then proxy, exceptions and script. */
export function connectionSettings(settings: { readonly proxy?: string; readonly script?: string }): string {
  const { proxy, script } = settings;
  const head = Buffer.alloc(12);
  head.writeUInt32LE(0x46, 0);
  head.writeUInt32LE(1 | (proxy === undefined ? 0 : 2) | (script === undefined ? 0 : 4), 8);
  const texts = [proxy ?? '', '', script ?? ''].map((text) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(text.length);
    return Buffer.concat([length, Buffer.from(text)]);
  });
  return Buffer.concat([head, ...texts, Buffer.alloc(32)]).toString('hex');
}
