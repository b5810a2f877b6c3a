import { Link } from '@tanstack/react-router';
import { texts } from '../texts.ts';
import { Command } from '../ui/copyable.tsx';
import { HUNT_COMMAND, scannerCommands } from './scan-commands.ts';
import { ScanKey, useScanKey } from './scan-key.tsx';
import css from './scans.module.css';

/** No scan yet: the path to the first one and what comes after it, as commands that can be copied and work. */
export function FirstScan() {
  const key = useScanKey();
  const commands = scannerCommands(location.origin, key.secret);
  const words = texts.first;
  return (
    <section className={css.first} aria-labelledby="first-heading">
      <h2 id="first-heading">{words.heading}</h2>
      <p>{words.text}</p>
      <ol className={css.steps}>
        <li>
          <h3>{words.steps.scanner}</h3>
          <p>
            <Link to="/scanner">{words.download}</Link>
          </p>
          <ScanKey of={key} />
        </li>
        <li>
          <h3>{words.steps.selfTest}</h3>
          <p className={css.hint}>{words.selfTest}</p>
          <Command text={`${commands.linux} --self-test`} />
        </li>
        <li>
          <h3>{words.steps.scan}</h3>
          <h4>{words.linux}</h4>
          <Command text={commands.linux} />
          <h4>{words.windows}</h4>
          <Command text={commands.windows} />
          <h4>{words.thisMachine}</h4>
          <Command text={HUNT_COMMAND} />
        </li>
        <li>
          <h3>{words.steps.acquit}</h3>
          <p>{words.acquit}</p>
        </li>
      </ol>
    </section>
  );
}
