import { type Answer, hunts as contract } from '@genehound/contract';
import { count } from '../format/quantity.ts';
import { texts } from '../texts.ts';
import css from './hunts.module.css';

type Coverage = Answer<'getCoverage'>;

/** Who has come and who has not, as a bar; the numbers stand beside it in the filter. */
export function CoverageBar({ coverage }: { readonly coverage: Coverage }) {
  const parts = contract.TARGET_STATES.map((state) => ({ state, size: coverage.counts[state] })).filter(
    ({ size }) => size > 0,
  );
  const reported = coverage.timeline.at(-1)?.reported ?? 0;
  return (
    <div className={css.coverage}>
      <div className={css.bar} aria-hidden="true">
        {parts.map(({ state, size }) => (
          <span
            key={state}
            className={css[state]}
            style={{ flexGrow: size }}
            title={`${texts.hunts.states[state]} ${count(size)}`}
          />
        ))}
      </div>
      <p role="status">
        {coverage.share === null ? texts.hunts.reported(reported) : texts.hunts.share(coverage.share)}
      </p>
    </div>
  );
}
