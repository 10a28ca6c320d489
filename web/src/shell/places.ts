import type { IconName } from '../ui/Icon';

type Address = '/' | '/incidents' | '/pipelines' | '/experiments' | '/ab-tests' | '/registry' | '/audit';

export interface Place {
  to: Address;
  text: string;
  icon: IconName;
  /** "g" and this letter go there. */
  key: string;
}

/** The pages of the sidebar, by group; the first group has no heading. */
export const places: { heading: string | null; items: Place[] }[] = [
  {
    heading: null,
    items: [
      { to: '/', text: 'Fleet', icon: 'fleet', key: 'f' },
      { to: '/incidents', text: 'Incidents', icon: 'incidents', key: 'i' },
      { to: '/pipelines', text: 'Pipelines', icon: 'pipeline', key: 'p' },
    ],
  },
  {
    heading: 'Decide',
    items: [
      { to: '/experiments', text: 'Experiments', icon: 'flask', key: 'e' },
      { to: '/ab-tests', text: 'A/B tests', icon: 'split', key: 't' },
      { to: '/registry', text: 'Registry', icon: 'stack', key: 'r' },
    ],
  },
  {
    heading: 'Account for',
    items: [{ to: '/audit', text: 'Audit log', icon: 'ledger', key: 'a' }],
  },
];

export const allPlaces: Place[] = places.flatMap((group) => group.items);

/** A model's own tab stands where the page over all models stands. */
export const hasPlace = (to: Address) => allPlaces.some((p) => p.to === to);
