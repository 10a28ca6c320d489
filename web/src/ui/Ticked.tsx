/** A server's text with names between backticks: the names stand out, the ticks go. */
export function Ticked({ text }: { text: string }) {
  return text.split('`').map((part, i) =>
    i % 2 === 1 ? (
      <span key={i} className="name">
        {part}
      </span>
    ) : (
      part
    ),
  );
}
