/** What tests of other parts use to change valid bytes. */
export { type FuzzTarget, fuzz } from './campaign.ts';
export { type Chance, changed, type Sample } from './changes.ts';
