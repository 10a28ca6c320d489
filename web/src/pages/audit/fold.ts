import type { AuditEntry } from '../../api/loop_shapes';

/** Entries of one kind, one after the other, that say the same with other numbers. */
export interface Fold {
  first: AuditEntry;
  rest: AuditEntry[];
}

/** So many alike in a row are told as one line that opens. */
const foldedFrom = 4;

const alike = (a: AuditEntry, b: AuditEntry) =>
  a.action === b.action && a.actor === b.actor && a.model === b.model && shape(a.text) === shape(b.text);
const shape = (text: string) => text.replaceAll(/\d[\d,.]*/g, '#');

/** The log as a reader sees it: routine in one line each, everything else as it is. */
export function folded(items: AuditEntry[]): Fold[] {
  const folds: Fold[] = [];
  for (let i = 0; i < items.length;) {
    const first = items[i] as AuditEntry;
    let end = i + 1;
    while (end < items.length && alike(first, items[end] as AuditEntry)) end += 1;
    const isRoutine = end - i >= foldedFrom;
    folds.push({ first, rest: isRoutine ? items.slice(i + 1, end) : [] });
    i = isRoutine ? end : i + 1;
  }
  return folds;
}
