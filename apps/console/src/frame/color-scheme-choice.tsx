import { useMantineColorScheme } from '@mantine/core';
import { texts } from '../texts.ts';
import css from './frame.module.css';

const SCHEMES = ['auto', 'light', 'dark'] as const;

export function ColorSchemeChoice() {
  // Without keepTransitions Mantine adds a style element, which the policy forbids.
  const { colorScheme, setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  return (
    <select
      className={css.scheme}
      aria-label={texts.scheme.label}
      value={colorScheme}
      onChange={(event) => {
        const chosen = SCHEMES.find((scheme) => scheme === event.currentTarget.value);
        if (chosen !== undefined) setColorScheme(chosen);
      }}
    >
      {SCHEMES.map((scheme) => (
        <option key={scheme} value={scheme}>
          {texts.scheme[scheme]}
        </option>
      ))}
    </select>
  );
}
