import { type ReactNode, useEffect } from 'react';
import { type Crumb, TopBar, type TimeControl } from './TopBar';

interface PageProps {
  title: string;
  crumbs: Crumb[];
  time?: TimeControl | undefined;
  children: ReactNode;
}

/** One page: its bar on top, its name in the tab, its content within the reading width. */
export function Page({ title, crumbs, time, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Trimtab`;
  }, [title]);
  return (
    <>
      <TopBar crumbs={crumbs} time={time} />
      <main id="main" className="page" tabIndex={-1}>
        {children}
      </main>
    </>
  );
}
