import { useState } from 'react';
import { setSingleKeysOff, singleKeysOff } from '../lib/keys';
import { Dialog } from '../ui/Dialog';
import { allPlaces } from './places';
import { isMac } from './Sidebar';

const rows: [string[], string][] = [
  [['/'], 'Find anything'],
  ...allPlaces.map((p): [string[], string] => [['G', p.key.toUpperCase()], p.text]),
  [['J'], 'Next row'],
  [['K'], 'Previous row'],
  [['↵'], 'Open the row'],
  [['X'], 'Choose the row'],
  [['C'], 'Compare the chosen runs'],
  [['P'], 'Promote the version (where one may be)'],
  [['B'], 'Roll back (where one may)'],
  [['A'], 'Acknowledge the incident'],
  [['R'], 'Resolve the incident (on its page)'],
  [['←', '→', '↑', '↓'], 'Move in a map'],
  [['[', ']'], 'Previous and next window'],
  [['?'], 'This sheet'],
];

export function ShortcutSheet({ open, onClose }: { open: boolean; onClose: () => void }) {
  const [off, setOff] = useState(singleKeysOff);
  return (
    <Dialog label="Keyboard shortcuts" open={open} onClose={onClose} className="sheet">
      <h2>Keyboard shortcuts</h2>
      <dl className="shortcuts">
        <div>
          <dt>
            <kbd>{isMac() ? '⌘' : 'Ctrl'}</kbd>
            <kbd>K</kbd>
          </dt>
          <dd>Find anything</dd>
        </div>
        {rows.map(([keys, text]) => (
          <div key={text}>
            <dt>
              {keys.map((k) => (
                <kbd key={k}>{k}</kbd>
              ))}
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      <label className="check">
        <input
          type="checkbox"
          checked={!off}
          onChange={(e) => {
            setSingleKeysOff(!e.target.checked);
            setOff(!e.target.checked);
          }}
        />
        Single-letter shortcuts are on
      </label>
      <button type="button" className="button" onClick={onClose}>
        Close
      </button>
    </Dialog>
  );
}
