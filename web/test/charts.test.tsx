import { fireEvent, render, screen } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import type { DriftMap, Series } from '../src/api/shapes';
import { gridMove } from '../src/charts/grid';
import { HealthStrip } from '../src/charts/HealthStrip';
import { HeatMap } from '../src/charts/HeatMap';
import { layoutBins } from '../src/charts/HistogramPair';
import { stack } from '../src/charts/LaneMap';
import { SeriesChart, seriesTable } from '../src/charts/SeriesChart';
import { driftMap } from '../mock/drift';
import { currentIncidents } from '../mock/incidents';
import { flights } from '../mock/story';

const map = (query = ''): DriftMap => driftMap(flights, new URLSearchParams(query));

describe('the drift map', () => {
  it('names every cell, and moves by keys', () => {
    const data = map();
    const choose = vi.fn();
    const first = data.columns[0]!;
    const newest = data.windows.at(-1)!;
    render(
      <HeatMap
        data={data}
        columns={data.columns}
        zone="America/New_York"
        chosen={{ feature: first.name, at: newest.start }}
        onChoose={choose}
      />,
    );
    const grid = screen.getByRole('grid');
    const chosen = document.getElementById(grid.getAttribute('aria-activedescendant') ?? '');
    expect(chosen?.getAttribute('aria-label')).toContain(`${first.name}, Tue 31 Dec 2013`);
    expect(chosen?.getAttribute('aria-selected')).toBe('true');
    fireEvent.keyDown(grid, { key: 'ArrowLeft' });
    expect(choose).toHaveBeenLastCalledWith({ feature: first.name, at: data.windows.at(-2)!.start });
    fireEvent.keyDown(grid, { key: 'ArrowDown' });
    expect(choose).toHaveBeenLastCalledWith({ feature: data.columns[1]!.name, at: newest.start });
    fireEvent.keyDown(grid, { key: 'ArrowRight' });
    expect(choose).toHaveBeenLastCalledWith({ feature: first.name, at: newest.start });
  });

  it('hatches a window with too few rows', () => {
    const data = map('from=2013-12-25T00:00:00Z&to=2013-12-26T00:00:00Z');
    render(
      <HeatMap data={data} columns={data.columns} zone="UTC" chosen={null} onChoose={() => undefined} />,
    );
    expect(document.querySelectorAll('rect.heat-hatch[role=gridcell]')).toHaveLength(data.columns.length);
  });

  it('draws on canvas beyond four thousand cells, and keeps the chosen one an element', () => {
    const data = map('from=2013-04-01T00:00:00Z');
    const many = Array.from({ length: 20 }, (_, i) => ({
      ...data.columns[i % data.columns.length]!,
      name: `c${i}`,
    }));
    expect(many.length * data.windows.length).toBeGreaterThan(4000);
    render(
      <HeatMap
        data={data}
        columns={many}
        zone="UTC"
        chosen={{ feature: 'c3', at: data.windows[5]!.start }}
        onChoose={() => undefined}
      />,
    );
    expect(document.querySelectorAll('canvas')).toHaveLength(1);
    expect(document.querySelectorAll('rect[role=gridcell]')).toHaveLength(1);
    expect(document.getElementById('cell-3-5')?.getAttribute('aria-label')).toContain('c3');
  });
});

describe('moving in a grid', () => {
  const size = { rows: 3, cols: 5 };
  it('stops at the edges', () => {
    expect(gridMove('ArrowUp', { row: 0, col: 2 }, size)).toEqual({ row: 0, col: 2 });
    expect(gridMove('End', { row: 1, col: 0 }, size)).toEqual({ row: 1, col: 4 });
    expect(gridMove('PageDown', { row: 1, col: 0 }, size)).toEqual({ row: 2, col: 0 });
    expect(gridMove('x', { row: 1, col: 0 }, size)).toBeNull();
  });
});

const series: Series = {
  name: 'performance.roc_auc',
  metric: 'roc_auc',
  unit: null,
  good_direction: 'up',
  reference_value: 0.738,
  floor: 0.7,
  points: [0.71, null, 0.68, 0.69].map((v, i) => ({
    window_start: `2013-12-0${i + 1}T00:00:00Z`,
    window_end: `2013-12-0${i + 2}T00:00:00Z`,
    v,
    lo: v && v - 0.04,
    hi: v && v + 0.04,
    n: 640,
    kind: i < 2 ? ('measured' as const) : ('estimated' as const),
    gap: v === null ? ('no_data' as const) : null,
    maturity: 0.97,
  })),
};

describe('a line over time', () => {
  it('has a gap where a window is missing and dashes where it is estimated', () => {
    render(
      <SeriesChart
        lines={[{ series, role: 'value', label: 'ROC AUC' }]}
        label="ROC AUC of flights"
        zone="UTC"
        floor={0.7}
      />,
    );
    const [, measured, estimated] = [...document.querySelectorAll('.line path')];
    expect(measured?.getAttribute('d')).not.toContain('L');
    expect(estimated?.classList.contains('is-estimated')).toBe(true);
    expect(estimated?.getAttribute('d')).toContain('L');
  });
  it('tells the window under its slider', () => {
    render(
      <SeriesChart
        lines={[{ series, role: 'value', label: 'ROC AUC' }]}
        label="ROC AUC of flights"
        zone="UTC"
        pinned="2013-12-03T00:00:00Z"
      />,
    );
    expect(screen.getByRole('slider').getAttribute('aria-valuetext')).toBe(
      'Tue 3 Dec 2013: ROC AUC 0.680, 640 rows',
    );
  });
  it('has a table with the same numbers', () => {
    expect(seriesTable([{ series, role: 'value', label: 'v1' }]).rows.map((r) => r[3])).toEqual([
      0.71,
      null,
      0.68,
      0.69,
    ]);
  });
});

describe('histograms', () => {
  it('give open outer bins a usual width', () => {
    const { lo, hi, bars } = layoutBins([
      { from: null, to: 0, reference: 0.1, current: 0.2 },
      { from: 0, to: 10, reference: 0.4, current: 0.4 },
      { from: 10, to: 30, reference: 0.4, current: 0.3 },
      { from: 30, to: null, reference: 0.1, current: 0.1 },
    ]);
    expect(lo).toBeLessThan(0);
    expect(hi).toBeGreaterThan(30);
    expect(bars.every((b) => Number.isFinite(b.reference) && b.x1 > b.x0)).toBe(true);
  });
});

it('gives incidents that overlap a line each', () => {
  const tracks = stack(
    currentIncidents().filter((i) => i.model === 'flights'),
    '2014-01-01T05:00:00Z',
  );
  for (const a of tracks)
    for (const b of tracks) {
      if (a === b || a.track !== b.track) continue;
      const [first, second] =
        a.incident.opened_at < b.incident.opened_at ? [a.incident, b.incident] : [b.incident, a.incident];
      expect(first.resolved_at !== null && first.resolved_at <= second.opened_at).toBe(true);
    }
});

it('tells health by height as well as by colour', () => {
  render(
    <HealthStrip
      label="Health"
      cells={(['ok', 'warning', 'critical', 'no_data'] as const).map((state, i) => ({
        state,
        window_start: String(i),
      }))}
    />,
  );
  const heights = [...document.querySelectorAll('rect')].map((r) => Number(r.getAttribute('height')));
  expect(new Set(heights).size).toBe(4);
  expect(heights[0]).toBeLessThan(heights[1]!);
  expect(heights[1]).toBeLessThan(heights[2]!);
});
