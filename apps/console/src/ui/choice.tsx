import css from './choice.module.css';

interface Option<V extends string> {
  readonly value: V;
  readonly label: string;
  readonly count?: string;
}

interface Props<V extends string> {
  readonly label: string;
  readonly value: V;
  readonly options: readonly Option<V>[];
  readonly onChoose: (value: V) => void;
}

/** One of a few, as a row of native radio buttons: arrow keys and screen readers know them. */
export function Choice<V extends string>({ label, value, options, onChoose }: Props<V>) {
  return (
    <fieldset className={css.choice}>
      <legend>{label}</legend>
      <div className={css.options}>
        {options.map((option) => (
          <label key={option.value} className={css.option}>
            <input type="radio" checked={option.value === value} onChange={() => onChoose(option.value)} name={label} />
            <span>
              {option.label}
              {option.count !== undefined && <span className={css.count}>{option.count}</span>}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
