import { readServerConfig, run } from '@genehound/server';

/** The server as a program, for tests that kill it: prints one line with its address and key. */
const server = await run(readServerConfig());
process.stdout.write(`${JSON.stringify({ url: server.url, key: server.localKey })}\n`);
