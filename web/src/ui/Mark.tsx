import type { CellState, ModelStatus, Severity } from '../api/shapes';

export type Kind = 'critical' | 'warning' | 'ok' | 'none' | 'collecting' | 'notice';

const bySeverity: Record<Severity, Kind> = {
  critical: 'critical',
  high: 'critical',
  medium: 'warning',
  low: 'notice',
};
const byStatus: Record<ModelStatus | CellState, Kind> = {
  critical: 'critical',
  warning: 'warning',
  ok: 'ok',
  no_data: 'none',
  collecting: 'collecting',
};
export const statusWords: Record<ModelStatus | CellState, string> = {
  critical: 'Critical',
  warning: 'Needs a look',
  ok: 'Healthy',
  no_data: 'No data',
  collecting: 'Collecting',
};

/** Shape as well as colour: diamond, triangle, dot, dashed ring. */
function Shape({ kind, size, hollow }: { kind: Kind; size: number; hollow?: boolean }) {
  return (
    <svg
      className={`mark mark-${kind}${hollow ? ' is-hollow' : ''}`}
      width={size}
      height={size}
      viewBox="0 0 14 14"
      aria-hidden="true"
    >
      {kind === 'critical' && (
        <>
          <path className="mark-shape" d="M7 .6L13.4 7L7 13.4L.6 7z" />
          <path className="mark-inner" d="M7 4v3.6M7 9.4v.5" />
        </>
      )}
      {kind === 'warning' && (
        <>
          <path className="mark-shape" d="M7 1.2L13.4 12.4H.6z" />
          <path className="mark-inner" d="M7 5.2v3.2M7 10.2v.4" />
        </>
      )}
      {kind === 'notice' && <path className="mark-shape" d="M7 2.4L12.2 11.6H1.8z" />}
      {kind === 'ok' && <circle className="mark-shape" cx={7} cy={7} r={3.2} />}
      {kind === 'collecting' && (
        <path className="mark-shape" d="M7 2.4a4.6 4.6 0 1 1-4.6 4.6M7 4.6V7l1.7 1" />
      )}
      {kind === 'none' && <circle className="mark-shape" cx={7} cy={7} r={4.6} />}
    </svg>
  );
}

/** A mark whose words stand beside it. */
export function Mark({ kind, size = 14, word }: { kind: Kind; size?: number; word?: string }) {
  return (
    <span className="marked">
      <Shape kind={kind} size={size} />
      {word && <span className="sr-only">{word}: </span>}
    </span>
  );
}

export function StatusMark({
  status,
  size = 14,
  named = true,
}: {
  status: ModelStatus | CellState;
  size?: number;
  named?: boolean;
}) {
  return (
    <span className="marked">
      <Shape kind={byStatus[status]} size={size} />
      {named && <span className="sr-only">{statusWords[status]}: </span>}
    </span>
  );
}

export function SeverityMark({
  severity,
  resolved = false,
  size = 16,
}: {
  severity: Severity;
  resolved?: boolean;
  size?: number;
}) {
  return (
    <span className="marked" title={`${severity} severity`}>
      <Shape kind={resolved ? 'ok' : bySeverity[severity]} size={size} hollow={severity === 'high'} />
      <span className="sr-only">
        {resolved ? 'Resolved, ' : ''}
        {severity} severity:{' '}
      </span>
    </span>
  );
}
