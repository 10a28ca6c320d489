/** Small wishes of one reader, kept in the browser; storage may be off, and then they are forgotten. */
export function readWish(name: string): string | null {
  try {
    return localStorage.getItem(`trimtab.${name}`);
  } catch {
    return null;
  }
}

export function writeWish(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(`trimtab.${name}`);
    else localStorage.setItem(`trimtab.${name}`, value);
  } catch {
    // Forgotten on reload; nothing else depends on it.
  }
}
