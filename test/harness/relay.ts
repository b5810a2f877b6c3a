import { connect, createServer } from 'node:net';

/**
 * Started inside a machine's network namespace but outside its PID namespace, so that no scan sees it:
 * `node relay.ts UNIX_SOCKET` listens on a free port of that namespace's loopback, prints the port, and passes every
 * connection on to the socket, where the harness sits. Ends when its stdin ends.
 */
const [, , uplink] = process.argv;
if (uplink === undefined) throw new Error('usage: relay.ts UNIX_SOCKET');

const server = createServer({ allowHalfOpen: true }, (inside) => {
  const outside = connect({ path: uplink, allowHalfOpen: true });
  inside.pipe(outside);
  outside.pipe(inside);
  inside.on('error', () => outside.destroy());
  outside.on('error', () => inside.resetAndDestroy());
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  process.stdout.write(`${address.port}\n`);
});
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
