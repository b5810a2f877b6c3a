import { join } from 'node:path';
import pg from 'pg';

/** One statement in the embedded database of a running test server. */
export async function query(data: string, sql: string, values: readonly unknown[] = []): Promise<pg.QueryResult> {
  const client = new pg.Client({ host: join(data, 'postgres', 'socket'), user: 'genehound', database: 'genehound' });
  await client.connect();
  try {
    return await client.query(sql, [...values]);
  } finally {
    await client.end();
  }
}
