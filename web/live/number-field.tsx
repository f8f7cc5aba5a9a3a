import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { formatCount } from './format.ts';
import { parseNumber, type Range } from './settings.ts';

interface NumberFieldProps {
  readonly label: string;
  readonly unit: string;
  /** What is in force; undefined while that is not known. */
  readonly value: number | undefined;
  readonly range: Range;
  readonly step: number | 'any';
  /** Called with a value within the range, when the reader is done with it. */
  readonly onValue: (value: number) => void;
}

/** A number with its unit. It takes effect on Enter or on leaving; out of range it says so and changes nothing. */
export function NumberField({ label, unit, value, range, step, onValue }: NumberFieldProps) {
  const id = useId();
  const draft = useSignal<string | undefined>(undefined);
  const wrong = draft.value !== undefined && parseNumber(draft.value, range) === undefined;
  const commit = (): void => {
    const number = draft.value === undefined ? undefined : parseNumber(draft.value, range);
    if (number === undefined) return;
    draft.value = undefined;
    if (number !== value) onValue(step === 1 ? Math.round(number) : number);
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <span class="input">
        <input
          id={id}
          type="number"
          inputMode="decimal"
          min={range.min}
          max={range.max}
          step={step}
          value={draft.value ?? value ?? ''}
          aria-invalid={wrong}
          aria-describedby={wrong ? `${id}-error` : undefined}
          onInput={(event) => {
            draft.value = event.currentTarget.value;
          }}
          onChange={commit}
          onBlur={() => {
            draft.value = undefined; // what was out of range gives way to what is in force
          }}
          onKeyDown={(event) => {
            if (event.key === 'Escape') draft.value = undefined;
          }}
        />
        <span class="unit" aria-hidden="true">
          {unit}
        </span>
      </span>
      {wrong ? (
        <span class="field-error" id={`${id}-error`} role="alert">
          {formatCount(range.min)} to {formatCount(range.max)} {unit}
        </span>
      ) : null}
    </div>
  );
}
