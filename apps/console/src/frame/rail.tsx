import { Link } from '@tanstack/react-router';
import { texts } from '../texts.ts';
import css from './frame.module.css';

/** The pages of the rail, in groups; a page that is added stands here and nowhere else. */
const RAIL = [
  [
    ['/', texts.pages.overview],
    ['/hunts', texts.pages.hunts],
    ['/scans', texts.pages.scans],
    ['/endpoints', texts.pages.endpoints],
    ['/cases', texts.pages.cases],
  ],
  [
    ['/unknown', texts.pages.unknown],
    ['/foreign', texts.pages.foreign],
    ['/families', texts.pages.families],
  ],
  [
    ['/baseline', texts.pages.baseline],
    ['/genome', texts.pages.genome],
    ['/retro-hunts', texts.pages.retro],
  ],
  [
    ['/upload', texts.pages.upload],
    ['/scanner', texts.pages.scanner],
    ['/settings', texts.pages.settings],
  ],
] as const;

export function Rail() {
  return (
    <nav aria-label={texts.navigation} className={css.nav}>
      {RAIL.map((group) => (
        <ul key={group[0][0]}>
          {group.map(([to, label]) => (
            <li key={to}>
              <Link to={to} activeProps={{ 'aria-current': 'page' }} activeOptions={{ exact: to === '/' }}>
                {label}
              </Link>
            </li>
          ))}
        </ul>
      ))}
    </nav>
  );
}
