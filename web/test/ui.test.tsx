import { QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query';
import { fireEvent, render, screen } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { ApiError } from '../src/api/client';
import { Panel } from '../src/ui/Panel';
import { localPath } from '../src/ui/PathLink';
import { Popover } from '../src/ui/Popover';
import { Answered } from '../src/ui/states';
import { matching } from '../src/shell/CommandPalette';
import { ageText } from '../src/pages/incidents/age';
import { chosenZone } from '../src/shell/zone';

function Asking({ ask }: { ask: () => Promise<string> }) {
  const query = useQuery({ queryKey: ['x'], queryFn: ask, retry: false });
  return (
    <Answered query={query} what="The fleet">
      {(data) => <p>{data}</p>}
    </Answered>
  );
}
const asked = (ask: () => Promise<string>) =>
  render(
    <QueryClientProvider client={new QueryClient()}>
      <Asking ask={ask} />
    </QueryClientProvider>,
  );

describe('a panel’s state', () => {
  it('is the answer when it came', async () => {
    asked(() => Promise.resolve('all well'));
    expect(await screen.findByText('all well')).toBeTruthy();
  });
  it('names the request when it failed, and can be asked again', async () => {
    const ask = vi
      .fn()
      .mockRejectedValue(
        new ApiError(503, { detail: 'the store is locked', code: 'unavailable', request_id: 'req_7f3a' }),
      );
    asked(ask);
    expect(await screen.findByText('The fleet could not be loaded.')).toBeTruthy();
    expect(screen.getByText('req_7f3a')).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'Load again' }));
    expect(ask).toHaveBeenCalledTimes(2);
  });
  it('asks for a token when the server knows nobody', async () => {
    asked(() => Promise.reject(new ApiError(401, { code: 'unauthenticated' })));
    expect(await screen.findByLabelText('Token')).toBeTruthy();
  });
});

describe('a panel with numbers', () => {
  it('shows them as a table and back', () => {
    render(
      <Panel title="Months" table={() => ({ head: ['month', 'n'], rows: [['2013-04', 19257]] })}>
        <p>chart</p>
      </Panel>,
    );
    fireEvent.click(screen.getByRole('button', { name: 'Show Months as table' }));
    expect(screen.getByText('19,257')).toBeTruthy();
    expect(screen.queryByText('chart')).toBeNull();
    fireEvent.click(screen.getByRole('button', { name: 'Show Months as chart' }));
    expect(screen.getByText('chart')).toBeTruthy();
  });
});

describe('a popover', () => {
  it('opens, closes by Escape and gives the focus back', () => {
    render(
      <Popover label="Time zone" button="UTC">
        {(close) => (
          <button type="button" onClick={close}>
            inside
          </button>
        )}
      </Popover>,
    );
    const button = screen.getByRole('button', { name: /Time zone/ });
    fireEvent.click(button);
    expect(screen.getByRole('dialog', { name: 'Time zone' })).toBeTruthy();
    fireEvent.keyDown(document, { key: 'Escape' });
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(document.activeElement).toBe(button);
  });
});

describe('finding', () => {
  const all = [
    { text: 'flights', note: 'model overview' },
    { text: 'flights', note: 'drift' },
    { text: '#9 ROC AUC fell', note: 'flights' },
    { text: 'origin_delay_2h', note: 'column of flights' },
  ];
  it('wants every word and puts names that start so first', () => {
    expect(matching(all, 'flights drift')).toEqual([all[1]]);
    expect(matching(all, 'FLI').map((c) => c.text)).toEqual([
      'flights',
      'flights',
      '#9 ROC AUC fell',
      'origin_delay_2h',
    ]);
    expect(matching(all, 'nothing')).toEqual([]);
  });
});

describe('links from the server', () => {
  it('keep only their path, so that a wrong host leads nowhere else', () => {
    expect(localPath('https://evil.example/models/flights/drift?feature=temp')).toBe(
      '/models/flights/drift?feature=temp',
    );
    expect(localPath('/incidents/inc_9')).toBe('/incidents/inc_9');
    expect(localPath('javascript:alert(1)')).not.toContain('javascript');
  });
});

describe('ages', () => {
  it('count on the model’s own clock when its data is old', () => {
    const model = { clock: 'event' as const, data_through: '2014-01-01T05:00:00Z' };
    expect(ageText({ opened_at: '2013-12-19T05:00:00Z', resolved_at: null }, model, 'America/New_York')).toBe(
      'Thu 19 Dec 2013, 00:00, for 13 d',
    );
  });
  it('end where the incident ended', () => {
    expect(
      ageText({ opened_at: '2013-08-14T16:00:00Z', resolved_at: '2013-08-14T22:00:00Z' }, undefined, 'UTC'),
    ).toBe('Wed 14 Aug 2013, 16:00, for 6 h');
  });
});

it('shows times in the zone of the address, else the model’s', () => {
  expect(chosenZone('UTC', 'America/New_York')).toBe('UTC');
  expect(chosenZone(undefined, 'America/New_York')).toBe('America/New_York');
});
