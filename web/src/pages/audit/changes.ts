export interface Change {
  path: string;
  before: unknown;
  after: unknown;
}

const isTree = (v: unknown): v is Record<string, unknown> =>
  typeof v === 'object' && v !== null && !Array.isArray(v);

const most = 60;

/** What differs between two states, leaf by leaf; lists are compared whole. */
export function changesBetween(before: unknown, after: unknown, path = ''): Change[] {
  if (Object.is(before, after) || JSON.stringify(before) === JSON.stringify(after)) return [];
  if (isTree(before) || isTree(after)) {
    const a = isTree(before) ? before : {};
    const b = isTree(after) ? after : {};
    // A value that became a tree, or the reverse, is one change unless one side is absent.
    if ((isTree(before) || before == null) && (isTree(after) || after == null))
      return [...new Set([...Object.keys(a), ...Object.keys(b)])]
        .flatMap((name) => changesBetween(a[name], b[name], path ? `${path}.${name}` : name))
        .slice(0, most);
  }
  return [{ path: path || 'value', before, after }];
}

export function plainValue(v: unknown): string {
  if (v === undefined || v === null) return '–';
  return typeof v === 'string' ? v : JSON.stringify(v);
}
