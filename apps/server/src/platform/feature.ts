import type { RouteName } from '@genehound/contract';
import type { Handlers } from './http/api.ts';

/** What a feature gives to the program that composes it. Its workers are registered when it is made. */
export interface Feature<N extends RouteName = never> {
  readonly handlers: Pick<Handlers, N>;
  /** Once, after the jobs were started: takes up what a killed run left. */
  start?(): Promise<void>;
  /** Once, after jobs have stopped. */
  stop?(): Promise<void>;
}
