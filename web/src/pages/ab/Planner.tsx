import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { planQuery, type PlanAsked } from '../../api/loop';
import { count, exact, fixed, sentence } from '../../lib/format';
import { Panel } from '../../ui/Panel';

interface FieldProps {
  label: string;
  unit?: string;
  value: number;
  min: number;
  max: number;
  step: number;
  onChange: (value: number) => void;
}

function NumberField({ label, unit, value, min, max, step, onChange }: FieldProps) {
  return (
    <label className="field">
      {label}
      <span className="number-field">
        <input
          type="number"
          value={value}
          min={min}
          max={max}
          step={step}
          onChange={(e) => {
            const v = e.target.valueAsNumber;
            if (Number.isFinite(v)) onChange(v);
          }}
        />
        {unit && <span>{unit}</span>}
      </span>
    </label>
  );
}

/** How long a test takes: for a share as outcome, by the server's own power calculation. */
export function Planner() {
  const [asked, setAsked] = useState<PlanAsked>({
    champion: 0.2,
    minimum_effect: 0.01,
    alpha: 0.05,
    power: 0.8,
    units_per_day: 600,
  });
  const slow = useDeferredValue(asked);
  const isWhole =
    slow.champion > 0 &&
    slow.champion < 1 &&
    slow.minimum_effect !== 0 &&
    Math.abs(slow.minimum_effect) < 1 &&
    slow.units_per_day > 0;
  const query = useQuery({ ...planQuery(slow), enabled: isWhole, retry: false });
  const set = (change: Partial<PlanAsked>) => setAsked({ ...asked, ...change });
  const pp = (v: number) => Number((v * 100).toFixed(4));
  return (
    <section className="planner">
      <Panel title="How long would a test take?" note="a share as outcome, split in halves">
        <div className="planner-fields">
          <NumberField
            label="Share now"
            unit="%"
            value={pp(asked.champion)}
            min={0.1}
            max={99.9}
            step={0.1}
            onChange={(v) => set({ champion: v / 100 })}
          />
          <NumberField
            label="Smallest change that matters"
            unit="pp"
            value={pp(asked.minimum_effect)}
            min={0.01}
            max={50}
            step={0.1}
            onChange={(v) => set({ minimum_effect: v / 100 })}
          />
          <NumberField
            label="Power"
            unit="%"
            value={pp(asked.power)}
            min={50}
            max={99}
            step={1}
            onChange={(v) => set({ power: v / 100 })}
          />
          <NumberField
            label="False positives"
            unit="%"
            value={pp(asked.alpha)}
            min={0.1}
            max={20}
            step={0.5}
            onChange={(v) => set({ alpha: v / 100 })}
          />
          <NumberField
            label="Users a day"
            value={asked.units_per_day}
            min={1}
            max={1e9}
            step={50}
            onChange={(v) => set({ units_per_day: v })}
          />
        </div>
        <p className="planner-answer" role="status">
          {query.error && `No answer: ${sentence(query.error.message)}`}
          {!query.error && query.data && (
            <>
              <b>{count(query.data.n_sequential_median)}</b> users in the median when looked at every day
              {query.data.days_sequential_median !== null &&
                `, ${fixed(query.data.days_sequential_median, 0)} days`}
              ; <b title={exact(query.data.n_fixed)}>{count(query.data.n_fixed)}</b> with one look at the end
              {query.data.days_fixed !== null && `, ${fixed(query.data.days_fixed, 0)} days`}.
            </>
          )}
        </p>
      </Panel>
    </section>
  );
}
