/** Identifiers of the server: nobody reads all of their 26 letters, and the last ones tell them apart. */
const identifier = /\b([a-z]{2,5}_)[0-9a-z]{20}([0-9a-z]{6})\b/;

/** A server's text with names between backticks: the names stand out, the ticks go. */
export function Ticked({ text }: { text: string }) {
  return text.split('`').map((part, i) =>
    i % 2 === 1 ? (
      <span key={i} className="name">
        <Shortened text={part} />
      </span>
    ) : (
      <Shortened key={i} text={part} />
    ),
  );
}

function Shortened({ text }: { text: string }) {
  const found = identifier.exec(text);
  if (!found) return text;
  const [whole, prefix = '', end = ''] = found;
  return (
    <>
      {text.slice(0, found.index)}
      <span title={whole}>
        {prefix}…{end}
      </span>
      <Shortened text={text.slice(found.index + whole.length)} />
    </>
  );
}
