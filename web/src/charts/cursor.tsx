import { createContext, type ReactNode, useContext, useMemo, useState } from 'react';

interface Cursor {
  at: string | null;
  setAt: (at: string | null) => void;
}
const CursorContext = createContext<Cursor>({ at: null, setAt: () => undefined });

/** One cursor for all time charts inside: pointing at one day marks it in each of them. */
export function SharedCursor({ children }: { children: ReactNode }) {
  const [at, setAt] = useState<string | null>(null);
  const value = useMemo(() => ({ at, setAt }), [at]);
  return <CursorContext value={value}>{children}</CursorContext>;
}

export const useCursor = () => useContext(CursorContext);
