import { type ReactNode, useState } from 'react';
import type { AuditEntry } from '../../api/loop_shapes';
import { words } from '../../lib/format';
import type { AuditSearch } from '../../lib/search';
import { Choice } from '../../ui/Choice';
import { MomentField } from '../../ui/MomentField';

interface AuditFilterProps {
  search: AuditSearch;
  zone: string;
  items: AuditEntry[];
  onChange: (next: AuditSearch) => void;
  children?: ReactNode;
}

const unique = (values: (string | null)[], now: string | undefined) =>
  [
    ...new Set([...values.filter((v): v is string => v !== null && v !== ''), ...(now ? [now] : [])]),
  ].toSorted();

/** Who, what, which model, when. What was seen once stays on offer while the page is open. */
export function AuditFilter({ search, zone, items, onChange, children }: AuditFilterProps) {
  const [seen, setSeen] = useState<{ actors: string[]; actions: string[]; models: string[] }>({
    actors: [],
    actions: [],
    models: [],
  });
  const actors = unique([...seen.actors, ...items.map((e) => e.actor)], search.actor);
  const actions = unique([...seen.actions, ...items.map((e) => e.action)], search.action);
  const models = unique([...seen.models, ...items.map((e) => e.model)], search.model);
  if (
    actors.length > seen.actors.length ||
    actions.length > seen.actions.length ||
    models.length > seen.models.length
  )
    setSeen({ actors, actions, models });
  const all = (label: string, values: string[], write = (v: string) => v) => [
    { value: '', label },
    ...values.map((v) => ({ value: v, label: write(v) })),
  ];
  return (
    <div className="controls audit-filter">
      <Choice
        label="Who"
        value={search.actor ?? ''}
        options={all('Anybody', actors)}
        onChange={(v) => onChange({ actor: v || undefined })}
      />
      <Choice
        label="What"
        value={search.action ?? ''}
        options={all('Anything', actions, words)}
        onChange={(v) => onChange({ action: v || undefined })}
      />
      <Choice
        label="Model"
        value={search.model ?? ''}
        options={all('Any model', models)}
        onChange={(v) => onChange({ model: v || undefined })}
      />
      <MomentField label="From" value={search.from} zone={zone} onChange={(from) => onChange({ from })} />
      <MomentField label="Until" value={search.to} zone={zone} onChange={(to) => onChange({ to })} />
      {children}
    </div>
  );
}
