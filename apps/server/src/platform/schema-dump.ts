import type pg from 'pg';

export interface Column {
  readonly table: string;
  readonly column: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly default: string | null;
  readonly identity: boolean;
}

/** All columns of the schema `public`, by table, in the order of their definition. */
export async function readColumns(pool: pg.Pool): Promise<readonly Column[]> {
  const { rows } = await pool.query<Column>(`
    select c.relname as table, a.attname as column, format_type(a.atttypid, a.atttypmod) as type,
           not a.attnotnull as nullable, pg_get_expr(d.adbin, d.adrelid) as default, a.attidentity <> '' as identity
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
         left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where n.nspname = 'public' and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
    order by c.relname, a.attnum`);
  return rows;
}

async function lines(pool: pg.Pool, sql: string): Promise<Map<string, string[]>> {
  const { rows } = await pool.query<{ table: string; line: string }>(sql);
  const byTable = new Map<string, string[]>();
  for (const row of rows) byTable.set(row.table, [...(byTable.get(row.table) ?? []), row.line]);
  return byTable;
}

const CONSTRAINTS = `
  select c.relname as table, 'constraint ' || k.conname || ' ' || pg_get_constraintdef(k.oid) as line
  from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'public' and k.contype in ('p', 'f', 'u', 'c') order by c.relname, k.contype, k.conname`;

const INDEXES = `
  select i.tablename as table, i.indexdef || ';' as line from pg_indexes i
  where i.schemaname = 'public'
    and not exists (select from pg_constraint k where k.conname = i.indexname and k.contype in ('p', 'u'))
  order by i.tablename, i.indexname`;

/**
 * The schema as the catalogue has it, as SQL-like text in a fixed order: the golden that shows what a migration
 * changed. pg_dump is not part of the embedded PostgreSQL.
 */
export async function dumpSchema(pool: pg.Pool): Promise<string> {
  const [columns, constraints, indexes] = [
    await readColumns(pool),
    await lines(pool, CONSTRAINTS),
    await lines(pool, INDEXES),
  ];
  const tables = [...new Set(columns.map((column) => column.table))];
  const parts = tables.map((table) => {
    const own = columns
      .filter((column) => column.table === table)
      .map((column) => {
        const generated = column.identity ? ' generated always as identity' : '';
        const standard = column.default === null ? '' : ` default ${column.default}`;
        return `  ${column.column} ${column.type}${column.nullable ? '' : ' not null'}${generated}${standard}`;
      });
    const body = [...own, ...(constraints.get(table) ?? []).map((line) => `  ${line}`)].join(',\n');
    return [`create table ${table} (\n${body}\n);`, ...(indexes.get(table) ?? [])].join('\n');
  });
  return `-- Made from the catalogue by schema-dump.ts; \`node apps/server/sql/generate.ts\` writes it anew.\n\n${parts.join('\n\n')}\n`;
}

/** PostgreSQL's type -> what pg returns for it, and what may be given where that is wider. */
const TYPES: Readonly<Record<string, readonly [string, string?]>> = {
  uuid: ['string'],
  text: ['string'],
  'text[]': ['string[]'],
  bytea: ['Buffer', 'Uint8Array'],
  'bytea[]': ['Buffer[]'],
  boolean: ['boolean'],
  smallint: ['number'],
  integer: ['number'],
  bigint: ['number'],
  'double precision': ['number'],
  'numeric(20,0)': ['string'],
  'timestamp with time zone': ['Date'],
  jsonb: ['unknown', 'string'],
};

function typeOf(column: Column): string {
  const known = TYPES[column.type];
  if (known === undefined)
    throw new Error(`The type ${column.type} of ${column.table}.${column.column} has no mapping`);
  const [out, into = out] = known;
  const nullable = column.nullable && out !== 'unknown';
  const read = nullable ? `${out} | null` : out;
  const write = column.nullable ? `${into} | null` : into;
  if (column.identity) return `ColumnType<${read}, never, never>`;
  const optional = column.nullable || column.default !== null;
  if (read === write && !optional) return read;
  return `ColumnType<${read}, ${write}${optional ? ' | undefined' : ''}, ${write}>`;
}

/** The TypeScript of `tables.gen.ts`: one interface a table, for Kysely. */
export function tablesModule(columns: readonly Column[]): string {
  const tables = [...new Set(columns.map((column) => column.table))];
  const name = (table: string) =>
    table.replaceAll(/(^|_)(\w)/g, (_whole, _dash, letter: string) => letter.toUpperCase());
  const interfaces = tables.map((table) => {
    const fields = columns
      .filter((column) => column.table === table)
      .map((column) => `  ${column.column}: ${typeOf(column)};`);
    return `interface ${name(table)}Table {\n${fields.join('\n')}\n}`;
  });
  const all = tables.map((table) => `  ${table}: ${name(table)}Table;`).join('\n');
  return `// Made from the migrations by sql/generate.ts; do not edit.\nimport type { ColumnType } from 'kysely';\n\n${interfaces.join('\n\n')}\n\nexport interface Tables {\n${all}\n}\n`;
}
