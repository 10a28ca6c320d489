// Line icons of 16 units, drawn with the text's colour. Each stands beside a word or has a label.
const paths = {
  fleet: 'M2.5 2.5h4.5v4.5H2.5zM9 2.5h4.5v4.5H9zM2.5 9h4.5v4.5H2.5zM9 9h4.5v4.5H9z',
  incidents: 'M8 2.2l6.2 11H1.8zM8 6.4v3.4M8 11.4v.4',
  search: 'M7 2.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 1 1 0-9zM10.4 10.4l3.4 3.4',
  clock: 'M8 2a6 6 0 1 1 0 12a6 6 0 1 1 0-12zM8 4.8V8l2.2 1.6',
  link: 'M6.7 9.3a2.6 2.6 0 0 0 3.7 0l2.2-2.2a2.6 2.6 0 0 0-3.7-3.7l-.8.8M9.3 6.7a2.6 2.6 0 0 0-3.7 0L3.4 8.9a2.6 2.6 0 0 0 3.7 3.7l.8-.8',
  moon: 'M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8a5.6 5.6 0 1 0 6.8 6.8z',
  sun: 'M8 5.2a2.8 2.8 0 1 1 0 5.6a2.8 2.8 0 1 1 0-5.6zM8 1.4v1.6M8 13v1.6M1.4 8h1.6M13 8h1.6M3.3 3.3l1.2 1.2M11.5 11.5l1.2 1.2M3.3 12.7l1.2-1.2M11.5 4.5l1.2-1.2',
  download: 'M8 2.5v7M5 7l3 3l3-3M2.8 13.2h10.4',
  table: 'M2.5 3h11v10h-11zM2.5 6.4h11M2.5 9.7h11M6.4 6.4V13',
  chart: 'M2.5 13.2h11M4 10.6l3-3.8l2.4 2.2L13 4',
  map: 'M2.5 2.5h3v3h-3zM6.5 2.5h3v3h-3zM10.5 2.5h3v3h-3zM2.5 6.5h3v3h-3zM10.5 6.5h3v3h-3zM6.5 10.5h3v3h-3zM2.5 10.5h3v3h-3z',
  down: 'M4 6l4 4l4-4',
  right: 'M6 3.5L10.5 8L6 12.5',
  left: 'M10 3.5L5.5 8L10 12.5',
  close: 'M4 4l8 8M12 4l-8 8',
  check: 'M3 8.4l3.4 3.4L13 4.8',
  numeric: 'M6 2.5L4.6 13.5M11.4 2.5L10 13.5M2.8 5.8h11M2.2 10.2h11',
  categorical: 'M2.5 3.2h11v2.4h-11zM2.5 6.9h7.4v2.4H2.5zM2.5 10.6h4.4v2.4H2.5z',
  text: 'M3 3.2h10M8 3.2v10M3 3.2v2M13 3.2v2',
  boolean:
    'M5.2 4.4h5.6a3.6 3.6 0 0 1 0 7.2H5.2a3.6 3.6 0 0 1 0-7.2zM10.8 6.4a1.6 1.6 0 1 1 0 3.2a1.6 1.6 0 1 1 0-3.2z',
  output: 'M2.5 8h8M7.4 4.6L11 8l-3.6 3.4M13.5 3v10',
  pin: 'M8 2.4l1.7 3.5l3.9.5l-2.8 2.7l.7 3.8L8 11.1l-3.5 1.8l.7-3.8L2.4 6.4l3.9-.5z',
  menu: 'M2.5 4.2h11M2.5 8h11M2.5 11.8h11',
  keyboard: 'M1.8 4h12.4v8H1.8zM4.2 6.6h.4M6.8 6.6h.4M9.4 6.6h.4M12 6.6h.1M4.8 9.6h6.4',
  model: 'M8 2l5.4 3v6L8 14l-5.4-3V5zM2.8 5.2L8 8l5.2-2.8M8 8v5.8',
  reference: 'M3 2.5h7l3 3v8H3zM10 2.5v3h3',
  refresh: 'M13.2 6.2A5.4 5.4 0 0 0 3.4 5M2.8 9.8A5.4 5.4 0 0 0 12.6 11M3.2 2.4V5h2.6M12.8 13.6V11h-2.6',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  bell: 'M8 2a3.8 3.8 0 0 1 3.8 3.8c0 3 1.2 4.2 1.7 4.9H2.5c.5-.7 1.7-1.9 1.7-4.9A3.8 3.8 0 0 1 8 2zM6.6 13a1.5 1.5 0 0 0 2.8 0',
  pipeline:
    'M1.8 8h2.4M6.6 8h2.8M11.8 8h2.4M4.2 8a1.2 1.2 0 1 0 2.4 0a1.2 1.2 0 1 0-2.4 0zM9.4 8a1.2 1.2 0 1 0 2.4 0a1.2 1.2 0 1 0-2.4 0z',
  flask: 'M6.2 2.2h3.6M6.9 2.2v4L3.2 12.6a.9.9 0 0 0 .8 1.3h8a.9.9 0 0 0 .8-1.3L9.1 6.2v-4M5 10h6',
  split: 'M8 14V9L3.4 3.6M8 9l4.6-5.4M3 6.6V3.2h3.2M13 6.6V3.2H9.8',
  stack: 'M8 2.2l6 3l-6 3l-6-3zM2 8.2l6 3l6-3M2 11.2l6 3l6-3',
  ledger: 'M3 2.5h10v11H3zM5.4 5.6h5.2M5.4 8h5.2M5.4 10.4h2.6',
  back: 'M5.6 3.4L2.4 6.6l3.2 3.2M2.6 6.6h6.6a3.6 3.6 0 1 1 0 7.2H6',
  up: 'M8 13.4V3M4 6.8L8 2.8l4 4',
  play: 'M4.5 3l8 5l-8 5z',
  pause: 'M5.4 3.2v9.6M10.6 3.2v9.6',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}

/** A rudder with its trim tab turned: the small surface that moves the large one. */
export function Logo({ size = 22 }: { size?: number }) {
  return (
    <svg className="logo" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
      <path className="logo-rudder" d="M6 3h5.6l2 9.2-2 8.8H9.2z" />
      <path className="logo-tab" d="M15 12.2l5.4 3.1-7 5.7z" />
    </svg>
  );
}
