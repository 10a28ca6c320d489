// Numbers as people read them. Exact values belong in titles and in CSV.

export const dash = '–';
const minus = '−';

const trueMinus = (text: string) => text.replace('-', minus);
const missing = (v: number | null | undefined): v is null | undefined =>
  v === null || v === undefined || Number.isNaN(v);

const grouped = new Intl.NumberFormat('en-GB');
const unrounded = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 12 });

/** 4,180,233: every digit. */
export function exact(v: number | null | undefined): string {
  return missing(v) ? dash : trueMinus(grouped.format(v));
}

/** 4.18M, 864k, 38: three significant digits. */
export function count(v: number | null | undefined): string {
  if (missing(v)) return dash;
  const size = Math.abs(v);
  const units: [number, string][] = [
    [1e9, 'B'],
    [1e6, 'M'],
    [1e3, 'k'],
  ];
  for (const [scale, unit] of units) {
    // 999,950 would round to "1000k", so the next unit starts where three digits end.
    if (size >= scale * 0.9995 && (scale > 1e3 || size >= 10_000)) {
      return trueMinus(`${Number((v / scale).toPrecision(3))}${unit}`);
    }
  }
  return trueMinus(grouped.format(Math.round(v)));
}

export function fixed(v: number | null | undefined, digits: number): string {
  if (missing(v)) return dash;
  const text = v.toFixed(digits);
  return trueMinus(Number(text) === 0 ? text.replace('-', '') : text);
}

/** Three digits for AUC and shares of one, two for PSI and other open-ended effects. */
export function metric(name: string, v: number | null | undefined): string {
  const lower = name.toLowerCase();
  if (missing(v)) return dash;
  if (lower.includes('latency') || lower.endsWith('_ms')) return fixed(v, Math.abs(v) < 10 ? 2 : 0);
  if (/share|missing|unseen|out_of_range/.test(lower)) return percent(v);
  if (lower.includes('psi')) return fixed(v, 2);
  return Math.abs(v) >= 100 ? significant(v) : fixed(v, Math.abs(v) >= 10 ? 1 : 3);
}

/** A metric as somebody logged it, who may have logged no number at all. */
export function logged(name: string, v: number): string {
  if (Number.isNaN(v)) return 'NaN';
  return Number.isFinite(v) ? metric(name, v) : v > 0 ? '∞' : `${minus}∞`;
}

export function effect(v: number | null | undefined): string {
  if (missing(v)) return dash;
  return Math.abs(v) >= 10 ? significant(v) : fixed(v, 2);
}

/** An effect by its measure: changes of a share are points, the rest are plain numbers. */
export function effectOf(name: string, v: number | null | undefined): string {
  return !missing(v) && /share/.test(name) ? `${fixed(v * 100, Math.abs(v) >= 0.1 ? 0 : 1)} pp` : effect(v);
}

/** Up to four significant digits, for values whose scale is not known beforehand. */
export function significant(v: number | null | undefined, digits = 3): string {
  if (missing(v)) return dash;
  if (v === 0) return '0';
  const size = Math.abs(v);
  if (size >= 1e6 || size < 1e-3) return trueMinus(Number(v.toPrecision(digits)).toExponential());
  return trueMinus(unrounded.format(Number(v.toPrecision(size >= 10 ** digits ? 6 : digits))));
}

/** A value of a column in a table: large ones lose digits that nobody compares. */
export function quantity(v: number | null | undefined): string {
  if (missing(v)) return dash;
  const size = Math.abs(v);
  if (size >= 100_000) return count(v);
  return size >= 1000 ? exact(Number(v.toPrecision(4))) : significant(v);
}

/** A share without digits, but never "0%" for something that happened. */
export function roughShare(v: number | null | undefined): string {
  return !missing(v) && v > 0 && v < 0.005 ? '< 1%' : percent(v, 0);
}

export function percent(v: number | null | undefined, digits = 1): string {
  return missing(v) ? dash : `${fixed(v * 100, digits)}%`;
}

/** A change of a share, in percentage points without the unit: "+18.6". */
export function points(v: number | null | undefined): string {
  return missing(v) ? dash : signed(v * 100, 1);
}

export function signed(v: number | null | undefined, digits: number): string {
  if (missing(v)) return dash;
  const text = fixed(v, digits);
  return Number(v.toFixed(digits)) > 0 ? `+${text}` : text;
}

export function pValue(v: number | null | undefined): string {
  if (missing(v)) return dash;
  if (v < 0.001) return '< 0.001';
  return fixed(v, v < 0.1 ? 3 : 2);
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${exact(n)} ${n === 1 ? one : many}`;
}

/** "2 d 4 h", "27 min", "40 s": two units at most. */
export function duration(ms: number): string {
  if (ms > 0 && ms < 1000) return `${Math.max(1, Math.round(ms))} ms`;
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return `${s} s`;
  const min = Math.floor(s / 60);
  if (min < 60) return `${min} min`;
  const h = Math.floor(min / 60);
  if (h < 24) return min % 60 === 0 ? `${h} h` : `${h} h ${min % 60} min`;
  const d = Math.floor(h / 24);
  return h % 24 === 0 || d > 13 ? `${d} d` : `${d} d ${h % 24} h`;
}

const metricNames: Record<string, string> = {
  roc_auc: 'ROC AUC',
  pr_auc: 'PR AUC',
  f1: 'F1',
  accuracy: 'Accuracy',
  precision: 'Precision',
  recall: 'Recall',
  brier: 'Brier score',
  log_loss: 'Log loss',
  psi: 'PSI',
  ks: 'KS',
  chi2: 'χ²',
  wasserstein: 'Wasserstein',
  jensen_shannon: 'Jensen–Shannon',
  hellinger: 'Hellinger',
  cramer_von_mises: 'Cramér–von Mises',
  brown_forsythe: 'Brown–Forsythe',
  cauchy: 'Combined test',
  cauchy_combination: 'Combined test',
  wasserstein_raw: 'Wasserstein, raw',
  mae: 'MAE',
  rmse: 'RMSE',
  r2: 'R²',
  wasserstein_iqr: 'Shift in IQRs',
  wasserstein_sd: 'Shift in SDs',
  cramers_v: 'Cramér’s V',
};

export function metricName(name: string): string {
  return metricNames[name] ?? words(name);
}

/** snake_case as a label: "data_quality" becomes "Data quality". */
export function words(name: string): string {
  const text = name.replaceAll('_', ' ');
  return capital(text);
}

export const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** A message of the server (lower case, no full stop) as a sentence on a page. */
export function sentence(text: string): string {
  const whole = text.trim();
  if (whole === '') return '';
  // A version's label stays as it is written everywhere.
  const begun = /^v\d/.test(whole) ? whole : capital(whole);
  return `${begun}${/[.!?…]$/.test(whole) ? '' : '.'}`;
}

/** Cuts long names in the middle, where they differ least. The full name stays in the title. */
export function middle(name: string, max: number): string {
  if (name.length <= max) return name;
  const head = Math.ceil((max - 1) / 2);
  return `${name.slice(0, head)}…${name.slice(name.length - (max - 1 - head))}`;
}
