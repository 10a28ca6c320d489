import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { fleetQuery, incidentsQuery, modelQuery } from '../api/queries';
import { Dialog } from '../ui/Dialog';
import { Icon, type IconName } from '../ui/Icon';
import { allPlaces, hasPlace } from './places';
import { setTheme, useTheme } from './theme';

interface Command {
  id: string;
  icon: IconName;
  text: string;
  note: string;
  run: () => void;
}

/** Every word must occur; a hit at the start of the name comes first. */
export function matching<T extends { text: string; note: string }>(commands: T[], typed: string): T[] {
  const parts = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const first = parts[0];
  return commands
    .filter((c) => parts.every((w) => `${c.text} ${c.note}`.toLowerCase().includes(w)))
    .toSorted((a, b) =>
      first
        ? Number(b.text.toLowerCase().startsWith(first)) - Number(a.text.toLowerCase().startsWith(first))
        : 0,
    )
    .slice(0, 12);
}

function useCommands(): Command[] {
  const navigate = useNavigate();
  const theme = useTheme();
  const { model } = useParams({ strict: false });
  const fleet = useQuery(fleetQuery).data;
  const incidents = useQuery(incidentsQuery({ state: 'open' })).data;
  const detail = useQuery({ ...modelQuery(model ?? ''), enabled: model !== undefined }).data;
  const commands: Command[] = allPlaces.map(({ icon, text, to }) => ({
    id: to,
    icon,
    text,
    note: 'page',
    run: () => void navigate({ to }),
  }));
  for (const m of fleet?.models ?? []) {
    const params = { model: m.model };
    commands.push(
      {
        id: `m/${m.model}`,
        icon: 'model',
        text: m.model,
        note: 'model overview',
        run: () => void navigate({ to: '/models/$model', params }),
      },
      {
        id: `d/${m.model}`,
        icon: 'map',
        text: m.model,
        note: 'drift',
        run: () => void navigate({ to: '/models/$model/drift', params }),
      },
      {
        id: `p/${m.model}`,
        icon: 'chart',
        text: m.model,
        note: 'performance',
        run: () => void navigate({ to: '/models/$model/performance', params }),
      },
    );
    if (hasPlace('/pipelines'))
      commands.push({
        id: `l/${m.model}`,
        icon: 'pipeline',
        text: m.model,
        note: 'pipeline',
        run: () => void navigate({ to: '/models/$model/pipeline', params }),
      });
    if (hasPlace('/registry'))
      commands.push({
        id: `v/${m.model}`,
        icon: 'stack',
        text: m.model,
        note: 'versions',
        run: () => void navigate({ to: '/models/$model/versions', params }),
      });
  }
  for (const i of incidents?.items ?? [])
    commands.push({
      id: i.id,
      icon: 'incidents',
      text: `#${i.number} ${i.title}`,
      note: i.model,
      run: () => void navigate({ to: '/incidents/$incident', params: { incident: i.id } }),
    });
  if (model)
    for (const c of detail?.columns ?? [])
      commands.push({
        id: `c/${c.name}`,
        icon: c.semantic === 'categorical' ? 'categorical' : 'numeric',
        text: c.name,
        note: `column of ${model}`,
        run: () =>
          void navigate({ to: '/models/$model/drift', params: { model }, search: { feature: c.name } }),
      });
  const other = theme === 'dark' ? 'light' : 'dark';
  commands.push({
    id: 'theme',
    icon: other === 'dark' ? 'moon' : 'sun',
    text: `Use ${other} theme`,
    note: 'action',
    run: () => setTheme(other),
  });
  return commands;
}

export function CommandPalette({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog label="Find anything" open={open} onClose={onClose} className="palette">
      <PaletteBody onClose={onClose} />
    </Dialog>
  );
}

function PaletteBody({ onClose }: { onClose: () => void }) {
  const [typed, setTyped] = useState('');
  const [active, setActive] = useState(0);
  const found = matching(useCommands(), typed);
  const run = (command: Command | undefined) => {
    if (!command) return;
    onClose();
    command.run();
  };
  return (
    <>
      <div className="palette-field">
        <Icon name="search" />
        <input
          // A palette is opened in order to type into it.
          // oxlint-disable-next-line jsx-a11y/no-autofocus
          autoFocus
          role="combobox"
          aria-label="Find a model, column, incident or action"
          aria-expanded={found.length > 0}
          aria-controls="palette-list"
          aria-activedescendant={found[active] ? `palette-${active}` : undefined}
          placeholder="Models, columns, incidents, actions"
          value={typed}
          onChange={(e) => {
            setTyped(e.target.value);
            setActive(0);
          }}
          onKeyDown={(e) => {
            if (e.key === 'ArrowDown') setActive((active + 1) % Math.max(1, found.length));
            else if (e.key === 'ArrowUp') setActive((active + found.length - 1) % Math.max(1, found.length));
            else if (e.key === 'Enter') run(found[active]);
            else return;
            e.preventDefault();
          }}
        />
      </div>
      <div id="palette-list" className="palette-list" role="listbox" aria-label="Found">
        {found.map((c, i) => (
          // Keys are handled by the field above, which keeps the focus.
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
          <div
            key={c.id}
            className="palette-item"
            id={`palette-${i}`}
            role="option"
            aria-selected={i === active}
            tabIndex={-1}
            onPointerMove={() => setActive(i)}
            onClick={() => run(c)}
          >
            <Icon name={c.icon} /> <span>{c.text}</span> <small>{c.note}</small>
          </div>
        ))}
      </div>
      {found.length === 0 && <p className="palette-none">Nothing is named “{typed}”.</p>}
    </>
  );
}
