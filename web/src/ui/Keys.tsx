export function Key({ children }: { children: string }) {
  return <kbd>{children}</kbd>;
}
