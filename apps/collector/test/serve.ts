/** For the tests: a collector as a process of its own, which they kill. */
import { readCollectorConfig, run } from '@genehound/collector';

const { url } = await run(readCollectorConfig());
process.stdout.write(`${url}\n`);
