import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dumpSchema, readColumns, tablesModule } from '../src/platform/schema-dump.ts';
import { openTestDatabase } from '../src/platform/test-database.ts';

/** Applies all migrations to an empty database and writes what they make: schema.sql and tables.gen.ts. */
const open = await openTestDatabase();
try {
  const { pool } = open.connection;
  await writeFile(join(import.meta.dirname, 'schema.sql'), await dumpSchema(pool));
  await writeFile(join(import.meta.dirname, '../src/platform/tables.gen.ts'), tablesModule(await readColumns(pool)));
} finally {
  await open.close();
}
