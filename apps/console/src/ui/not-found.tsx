import { Link } from '@tanstack/react-router';
import { texts } from '../texts.ts';

export function NotFound() {
  return (
    <>
      <h1>{texts.failure.noPage}</h1>
      <p>{texts.failure.missing}</p>
      <Link to="/scans">{texts.failure.toScans}</Link>
    </>
  );
}
