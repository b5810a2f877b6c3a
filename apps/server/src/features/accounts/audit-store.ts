import type { AuditLink } from '@genehound/contract';
import { sql } from 'kysely';
import type { Database } from '../../platform/database.ts';

/** The records of an organisation as they are now, with the digests of their chain as they were made. */
export async function auditLinks(
  db: Database,
  organisation: string,
  behind: number,
  limit: number,
): Promise<readonly AuditLink[]> {
  const { rows } = await sql<AuditLink>`
    select l.position, audit_record(a) as record, encode(l.digest, 'hex') as digest
    from audit_link l join audit a on a.organisation = l.organisation and a.number = l.number
    where l.organisation = ${organisation} and l.position > ${behind}
    order by l.position limit ${limit}`.execute(db);
  return rows;
}
