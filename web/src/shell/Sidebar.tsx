import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Fragment } from 'react';
import { fleetQuery, sessionQuery, statusQuery } from '../api/queries';
import { Icon, Logo } from '../ui/Icon';
import { StatusMark } from '../ui/Mark';
import { usePins } from './pins';
import { places } from './places';

interface SidebarProps {
  open: boolean;
  onFind: () => void;
  onKeys: () => void;
}

export const isMac = () => /Mac|iPhone|iPad/.test(navigator.userAgent);

export function Sidebar({ open, onFind, onKeys }: SidebarProps) {
  const fleet = useQuery(fleetQuery).data;
  const status = useQuery(statusQuery).data;
  return (
    <aside className={open ? 'sidebar is-open' : 'sidebar'}>
      <div className="brand">
        <Link to="/" aria-label="Trimtab, fleet">
          <Logo /> <span>Trimtab</span>
        </Link>
        {status && <span className="brand-note">{status.version}</span>}
      </div>
      <button type="button" className="find" onClick={onFind}>
        <Icon name="search" /> <span>Find anything</span> <kbd>{isMac() ? '⌘K' : 'Ctrl K'}</kbd>
      </button>
      <nav aria-label="Main">
        {places.map(({ heading, items }) => (
          <Fragment key={heading}>
            {heading && items.length > 0 && <h2>{heading}</h2>}
            <ul>
              {items.map(({ to, text, icon }) => (
                <li key={to}>
                  <Link to={to} activeOptions={{ exact: to === '/', includeSearch: false }} title={text}>
                    <Icon name={icon} /> <span>{text}</span>
                    {to === '/incidents' && fleet && fleet.facts.n_open_incidents > 0 && (
                      <b className="badge is-critical" aria-label={`${fleet.facts.n_open_incidents} open`}>
                        {fleet.facts.n_open_incidents}
                      </b>
                    )}
                  </Link>
                </li>
              ))}
            </ul>
          </Fragment>
        ))}
        <Pinned />
      </nav>
      <div className="sidebar-foot">
        <Person />
        <button
          type="button"
          className="icon-button"
          aria-label="Keyboard shortcuts"
          title="Keyboard shortcuts (?)"
          onClick={onKeys}
        >
          <Icon name="keyboard" />
        </button>
      </div>
    </aside>
  );
}

function Pinned() {
  const fleet = useQuery(fleetQuery).data;
  const pins = usePins();
  if (!fleet || fleet.models.length === 0) return null;
  const pinned = fleet.models.filter((m) => pins.includes(m.model));
  const shown = pinned.length > 0 ? pinned : fleet.models.slice(0, 8);
  return (
    <>
      <h2>{pinned.length > 0 ? 'Pinned models' : 'Models'}</h2>
      <ul>
        {shown.map((m) => (
          <li key={m.model}>
            <Link
              to="/models/$model"
              params={{ model: m.model }}
              activeOptions={{ includeSearch: false }}
              title={m.model}
            >
              <StatusMark status={m.status} size={12} /> <span>{m.model}</span>
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}

function Person() {
  const session = useQuery(sessionQuery).data;
  if (!session) return <div className="person" />;
  const initials = session.actor
    .split(/[\s._-]+/)
    .slice(0, 2)
    .map((w) => w.charAt(0).toUpperCase())
    .join('');
  const may = session.permissions.includes('admin')
    ? 'full access'
    : session.permissions.includes('respond')
      ? 'may respond'
      : 'may read';
  return (
    <div className="person">
      <span className="avatar" aria-hidden="true">
        {initials}
      </span>
      <span>
        <b>{session.actor}</b>
        <small>
          {session.trusted_local ? 'This machine' : 'Token'}, {may}
        </small>
      </span>
    </div>
  );
}
