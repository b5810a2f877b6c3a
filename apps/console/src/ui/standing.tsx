import type { fleet } from '@genehound/contract';
import { Sign, type SignName } from '../signs/sign.tsx';
import { texts } from '../texts.ts';

export type StandingName = (typeof fleet.ENDPOINT_STANDINGS)[number];

const SIGNS: Readonly<Record<StandingName, SignName>> = {
  malicious: 'infected',
  suspicious: 'suspicious',
  incomplete: 'incomplete',
  no_threats: 'no_threats',
  not_judged: 'not_read',
};

/** Where an endpoint stands: sign and word. */
export function Standing({ of, children }: { readonly of: StandingName; readonly children?: string }) {
  return <Sign sign={SIGNS[of]}>{children ?? texts.fleet.standings[of]}</Sign>;
}
