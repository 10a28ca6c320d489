import { Link } from '@tanstack/react-router';
import type { Part, Ref, Sentence as Told } from '../api/shapes';
import { Ticked } from './Ticked';

function Reference({ to, children }: { to: Ref; children: React.ReactNode }) {
  if (to.kind === 'model')
    return (
      <Link to="/models/$model" params={{ model: to.id }}>
        {children}
      </Link>
    );
  if (to.kind === 'incident')
    return (
      <Link to="/incidents/$incident" params={{ incident: to.id }}>
        {children}
      </Link>
    );
  if (to.kind === 'column' && to.model)
    return (
      <Link
        to="/models/$model/drift"
        params={{ model: to.model }}
        search={(old) => ({ ...old, feature: to.id })}
      >
        {children}
      </Link>
    );
  return <span>{children}</span>;
}

function Piece({ part }: { part: Part }) {
  const words = <Ticked text={part.text} />;
  const text = part.strong ? <strong>{words}</strong> : words;
  return part.ref ? <Reference to={part.ref}>{text}</Reference> : text;
}

/** What the server found, in its own words; names in it are links. */
export function Sentence({ told, linked = true }: { told: Told; linked?: boolean }) {
  if (told.parts.length === 0) return told.plain;
  return told.parts.map((part, i) => {
    const key = `${i}${part.text}`;
    return linked ? (
      <Piece key={key} part={part} />
    ) : (
      <span key={key}>{part.strong ? <strong>{part.text}</strong> : part.text}</span>
    );
  });
}
