import { useId, useState } from 'react';
import type { Run } from '../../api/tracking';
import { allColumns } from '../../lib/compare';
import { sentence } from '../../lib/format';
import { Icon } from '../../ui/Icon';
import { Popover } from '../../ui/Popover';

const examples = [
  'metrics.roc_auc > 0.7',
  "params.learning_rate = '0.1'",
  "tags.stage = 'candidate' and attributes.status = 'FINISHED'",
  "attributes.run_name LIKE 'april%'",
  "metrics.roc_auc > 0.7 and params.depth IN ('6', '8')",
];

interface FilterFieldProps {
  value: string;
  error: Error | null;
  runs: Run[];
  onApply: (filter: string) => void;
}

/** The search language of the mlflow client, as it is; what cannot be read is told below the field. */
export function FilterField({ value, error, runs, onApply }: FilterFieldProps) {
  const [typed, setTyped] = useState(value);
  const told = useId();
  const wrong = error !== null && value !== '' && typed === value;
  return (
    <form
      className="filter-form"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        onApply(typed.trim());
      }}
    >
      <span className="filter-field">
        <input
          className="filter"
          type="search"
          aria-label="Search runs"
          aria-describedby={wrong ? told : undefined}
          aria-invalid={wrong}
          placeholder="metrics.roc_auc > 0.7 and params.depth = '6'"
          value={typed}
          spellCheck={false}
          autoComplete="off"
          onChange={(e) => {
            setTyped(e.target.value);
            if (e.target.value === '' && value !== '') onApply('');
          }}
        />
        <button type="submit" className="button">
          <Icon name="search" /> Search
        </button>
        <Popover label="How to search" button="?" className="tool-button" align="right">
          {(close) => (
            <div className="search-help">
              <p>
                Compare <b>metrics</b>, <b>params</b>, <b>tags</b> and <b>attributes</b> with{' '}
                <code>= != &gt; &lt; LIKE IN</code>, joined by <code>and</code>. Names with spaces or dots
                stand in backticks.
              </p>
              <ul>
                {examples.map((e) => (
                  <li key={e}>
                    <button
                      type="button"
                      onClick={() => {
                        setTyped(e);
                        close();
                      }}
                    >
                      <code>{e}</code>
                    </button>
                  </li>
                ))}
              </ul>
              {runs.length > 0 && (
                <p className="quiet">
                  Known here:{' '}
                  {allColumns(runs)
                    .slice(0, 14)
                    .join(', ')
                    .replaceAll(/\b(metric|param|tag)\./g, '$1s.')}
                </p>
              )}
            </div>
          )}
        </Popover>
      </span>
      {wrong && (
        <span id={told} className="field-error" role="alert">
          {sentence(error.message)}
        </span>
      )}
    </form>
  );
}
