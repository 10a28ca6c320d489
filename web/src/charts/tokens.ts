// Generated from tokens/tokens.json by tokens/generate.mjs.
export type Theme = 'light' | 'dark';

export const heatSteps = { below: 3, above: 9 } as const;

export const heat: Record<Theme, readonly string[]> = {
  light: ['#F3F5F7', '#E3E7ED', '#D3DAE3', '#F7CE86', '#F4B969', '#F0A34A', '#E7893A', '#DE6F2A', '#CB5522', '#B83A1B', '#992B17', '#7C1D12'],
  dark: ['#181D24', '#212731', '#2A323E', '#6B3410', '#853F12', '#A04A14', '#BA5A1B', '#D46A22', '#E48238', '#F39A4C', '#FAB56C', '#FFD08A'],
};

export const colour = {
  'canvas': { light: '#F6F7F9', dark: '#0D1015' },
  'surface': { light: '#FFFFFF', dark: '#14181F' },
  'sunken': { light: '#EFF1F4', dark: '#1B2028' },
  'line': { light: '#E4E7EC', dark: '#262C36' },
  'line-strong': { light: '#C9CFD8', dark: '#3C4553' },
  'text': { light: '#14181F', dark: '#E9ECF1' },
  'text-2': { light: '#48515F', dark: '#AEB7C4' },
  'text-3': { light: '#626C7B', dark: '#8B95A5' },
  'accent': { light: '#1D5BC9', dark: '#79A8FF' },
  'accent-tint': { light: '#E6EEFB', dark: '#16263F' },
  'on-accent': { light: '#FFFFFF', dark: '#0D1015' },
  'current': { light: '#2B6BDD', dark: '#6C9EF8' },
  'current-band': { light: '#DCE8FB', dark: '#1B2A45' },
  'reference': { light: '#7B8594', dark: '#8691A1' },
  'reference-fill': { light: '#DDE1E7', dark: '#303743' },
  'challenger': { light: '#B4560B', dark: '#F0A35E' },
  'critical-text': { light: '#B3261E', dark: '#FF8C7C' },
  'critical-mark': { light: '#CF3A28', dark: '#F0604D' },
  'critical-tint': { light: '#FCEBE8', dark: '#361B19' },
  'warning-text': { light: '#855000', dark: '#F0B54A' },
  'warning-mark': { light: '#C47A08', dark: '#E0A02A' },
  'warning-tint': { light: '#FDF2DC', dark: '#32270F' },
  'ok-text': { light: '#17694F', dark: '#62CBA6' },
  'ok-mark': { light: '#2F9A78', dark: '#3FAF88' },
  'ok-tint': { light: '#E4F3ED', dark: '#12291F' },
  'ok-strip': { light: '#C5DFD5', dark: '#27483D' },
  'none': { light: '#626C7B', dark: '#8B95A5' },
  'run-3': { light: '#0F7B6C', dark: '#4FC3B0' },
  'run-4': { light: '#7A3FC0', dark: '#C08CF0' },
  'run-5': { light: '#B0276B', dark: '#F07FB4' },
  'run-6': { light: '#6B6B14', dark: '#C9C65A' },
} as const;
