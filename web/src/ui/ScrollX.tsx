import type { ReactNode } from 'react';

/** A wide table within a narrow page: scrolls by keyboard too, so it takes the focus. */
export function ScrollX({ label, children }: { label: string; children: ReactNode }) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="scroll-x" tabIndex={0} role="region" aria-label={label}>
      {children}
    </div>
  );
}
