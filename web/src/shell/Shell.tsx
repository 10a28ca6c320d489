import { Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useKeys } from '../lib/keys';
import { rejected } from '../lib/search';
import { Icon, Logo } from '../ui/Icon';
import { Toasts, say } from '../ui/toasts';
import { CommandPalette } from './CommandPalette';
import { allPlaces } from './places';
import { ShortcutSheet } from './ShortcutSheet';
import { Sidebar } from './Sidebar';

/** Tells, once, what the address asked for and this page does not know. */
function useRejected(href: string): void {
  useEffect(() => {
    if (href && rejected.length > 0) say(`Ignored in the address: ${rejected.splice(0).join(', ')}.`);
  }, [href]);
}

/** After a link to another page the focus is at its start, not lost with the old page. */
function useFocusOnArrival(): void {
  const path = useRouterState({ select: (s) => s.resolvedLocation?.pathname });
  const last = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (last.current !== undefined && path !== last.current)
      document.getElementById('main')?.focus({ preventScroll: true });
    last.current = path;
  }, [path]);
}

export function Shell() {
  const navigate = useNavigate();
  const href = useRouterState({ select: (s) => s.location.href });
  const [finding, setFinding] = useState(false);
  const [keysOpen, setKeysOpen] = useState(false);
  // The drawer belongs to the page it was opened on, so following a link closes it.
  const [drawerAt, setDrawerAt] = useState<string | null>(null);
  const drawer = drawerAt === href;
  useRejected(href);
  useFocusOnArrival();
  useKeys({
    '/': () => setFinding(true),
    '?': () => setKeysOpen(true),
    ...Object.fromEntries(allPlaces.map((p) => [`g ${p.key}`, () => void navigate({ to: p.to })])),
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        setFinding(true);
      }
      if (event.key === 'Escape') setDrawerAt(null);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
  return (
    <div className="shell">
      <a className="skip" href="#main">
        Skip to content
      </a>
      <div className="phone-bar">
        <button
          type="button"
          className="icon-button"
          aria-label="Menu"
          aria-expanded={drawer}
          onClick={() => setDrawerAt(drawer ? null : href)}
        >
          <Icon name={drawer ? 'close' : 'menu'} size={18} />
        </button>
        <Logo size={20} /> <b>Trimtab</b>
        <button
          type="button"
          className="icon-button"
          aria-label="Find anything"
          onClick={() => setFinding(true)}
        >
          <Icon name="search" size={18} />
        </button>
      </div>
      <Sidebar open={drawer} onFind={() => setFinding(true)} onKeys={() => setKeysOpen(true)} />
      <div className="content">
        <Outlet />
      </div>
      <CommandPalette open={finding} onClose={() => setFinding(false)} />
      <ShortcutSheet open={keysOpen} onClose={() => setKeysOpen(false)} />
      <Toasts />
    </div>
  );
}
