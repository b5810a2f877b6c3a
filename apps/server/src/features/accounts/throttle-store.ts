import { sql } from 'kysely';
import type { Database, Tx } from '../../platform/database.ts';
import type { Guessed } from './throttle.ts';

/** Wrong guesses for one name after which it has to wait, and for how many seconds: twice as long after each. */
const FREE = 5;
const FIRST_WAIT = 2;
const LONGEST_WAIT = 300;
/** Doublings until the wait is at its longest by far. */
const MOST_DOUBLINGS = 20;
/** Hours after which the last guess is forgotten. */
const MEMORY = 24;
/** Names of nobody that are remembered; the oldest is forgotten first. Of accounts there are only so many. */
const MOST = 10_000;

/** One more guess; false, and none counted, while the subject has to wait. One statement: two at once are two. */
export async function countGuess(db: Database, { subject, isAccount }: Guessed): Promise<boolean> {
  const counted = sql`case when g.last_at < now() - make_interval(hours => ${MEMORY}) then 1 else g.count + 1 end`;
  const wait = sql`case when ${counted} < ${FREE} then 0
    else least(${LONGEST_WAIT}, ${FIRST_WAIT} * power(2, least(${counted} - ${FREE}, ${MOST_DOUBLINGS}))) end`;
  const { rows } = await sql<{ count: number }>`
    insert into sign_in_guess as g (subject, count, of_account) values (${subject}, 1, ${isAccount})
    on conflict (subject) do update
      set count = ${counted}, of_account = excluded.of_account, last_at = now(), until_at = now() + make_interval(secs => ${wait})
      where g.until_at <= now()
    returning count`.execute(db);
  if (rows[0]?.count === 1) await forgetOldest(db);
  return rows.length > 0;
}

/** At least 1, since the subject was just refused. */
export async function secondsToWait(db: Database, { subject }: Guessed): Promise<number> {
  const { rows } = await sql<{ seconds: number }>`
    select greatest(1, ceil(extract(epoch from until_at - now())))::integer as seconds
    from sign_in_guess where subject = ${subject}`.execute(db);
  return rows[0]?.seconds ?? 1;
}

export async function forgetGuesses(db: Database | Tx, guessed: readonly Guessed[]): Promise<void> {
  await db
    .deleteFrom('sign_in_guess')
    .where(
      'subject',
      'in',
      guessed.map(({ subject }) => subject),
    )
    .execute();
}

async function forgetOldest(db: Database): Promise<void> {
  await sql`delete from sign_in_guess where last_at < now() - make_interval(hours => ${MEMORY}) or subject in
    (select subject from sign_in_guess where not of_account order by last_at desc offset ${MOST})`.execute(db);
}
