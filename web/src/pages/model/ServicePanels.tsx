import { useQuery } from '@tanstack/react-query';
import { signalsQuery } from '../../api/queries';
import type { Series, SignalSet } from '../../api/shapes';
import { SeriesChart, seriesTable } from '../../charts/SeriesChart';
import { count, fixed, percent } from '../../lib/format';
import { Panel } from '../../ui/Panel';

interface Shown {
  signal: string;
  title: string;
  unit: string;
  format: (v: number) => string;
}

const shown: Shown[] = [
  { signal: 'service.latency_ms_p95', title: 'Latency, p95', unit: 'ms', format: (v) => fixed(v, 0) },
  { signal: 'volume.rows', title: 'Predictions', unit: 'per window', format: count },
  { signal: 'service.error_share', title: 'Failed predictions', unit: 'share', format: (v) => percent(v) },
];

interface ServiceProps {
  model: string;
  asked: { from?: string; to?: string };
  zone: string;
  pinned: string | undefined;
}

export function ServicePanels(props: ServiceProps) {
  return (
    <div className="overview-thirds">
      {shown.map((s) => (
        <SignalPanel key={s.signal} {...props} {...s} />
      ))}
    </div>
  );
}

function asSeries(set: SignalSet['items'][number], unit: string): Series {
  return {
    name: set.name,
    metric: set.name,
    unit,
    good_direction: null,
    reference_value: null,
    floor: null,
    points: set.points.map((p) => ({
      window_start: p.start,
      window_end: p.end,
      v: p.value,
      lo: null,
      hi: null,
      n: p.n,
      kind: p.kind,
      gap: p.value === null ? 'no_data' : null,
      maturity: null,
    })),
  };
}

function SignalPanel({ model, asked, zone, pinned, signal, title, unit, format }: ServiceProps & Shown) {
  const query = useQuery(signalsQuery(model, signal, asked));
  const item = query.data?.items[0];
  // A signal that this model does not have is not an error; its panel is simply absent.
  if (!item || item.points.every((p) => p.value === null)) return null;
  const lines = [{ series: asSeries(item, unit), role: 'value' as const, label: title }];
  return (
    <Panel title={title} note={unit} file={`${model}-${signal}`} table={() => seriesTable(lines)}>
      <SeriesChart
        lines={lines}
        label={`${title} of ${model}`}
        zone={zone}
        height={150}
        zero
        pinned={pinned}
        format={format}
      />
    </Panel>
  );
}
