import { fireEvent, render, screen } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import { Interval } from '../src/charts/Interval';
import { Stepper } from '../src/pages/pipelines/Stepper';
import { ConfirmDialog, ReasonDialog } from '../src/ui/ConfirmDialog';

it('asks for the name and a reason before production changes', () => {
  const done = vi.fn();
  render(
    <ConfirmDialog
      title="Promote v7"
      object="flights"
      verb="Promote v7"
      open
      onClose={() => undefined}
      onConfirm={done}
    />,
  );
  const verb = screen.getByRole('button', { name: 'Promote v7', hidden: true });
  const name = screen.getByLabelText(/Type flights to confirm/);
  const reason = screen.getByLabelText(/Reason/);
  expect(verb.hasAttribute('disabled')).toBe(true);
  fireEvent.change(name, { target: { value: 'flight' } });
  fireEvent.change(reason, { target: { value: 'better by 2 points' } });
  expect(verb.hasAttribute('disabled')).toBe(true);
  fireEvent.change(name, { target: { value: 'flights' } });
  fireEvent.change(reason, { target: { value: '   ' } });
  expect(verb.hasAttribute('disabled')).toBe(true);
  fireEvent.change(reason, { target: { value: ' better by 2 points ' } });
  fireEvent.click(verb);
  expect(done).toHaveBeenCalledWith('better by 2 points');
});

it('asks for a reason alone where nothing in production changes', () => {
  const done = vi.fn();
  render(<ReasonDialog title="Pause" verb="Pause" open onClose={() => undefined} onConfirm={done} />);
  fireEvent.change(screen.getByRole('textbox', { hidden: true }), { target: { value: 'lunch' } });
  fireEvent.click(screen.getByRole('button', { name: 'Pause', hidden: true }));
  expect(done).toHaveBeenCalledWith('lunch');
});

it('says of every step how far it came, and which is the present one', () => {
  const stage = { at: '2013-10-05T04:00:00Z', event_at: null, text: null };
  render(
    <Stepper
      zone="UTC"
      label="flights v7, from trigger to full"
      stages={[
        { ...stage, name: 'trigger', state: 'done' },
        { ...stage, name: 'canary', state: 'waiting', text: '10%, needs approval' },
        { ...stage, name: 'full', state: 'ahead', at: null },
      ]}
    />,
  );
  const items = screen.getAllByRole('listitem');
  expect(items.map((i) => i.querySelector('b')?.textContent)).toEqual([
    'Trigger, done',
    'Canary, waits for a person',
    'Full, still to come',
  ]);
  expect(items.map((i) => i.getAttribute('aria-current'))).toEqual([null, 'step', null]);
});

it('draws an interval with its limit on the bad side, and nothing without a number', () => {
  const { container, rerender } = render(
    <Interval value={0.02} low={0.01} high={0.03} limit={-0.01} wanted="at_least" hasZero />,
  );
  const x = (selector: string, name: string) => Number(container.querySelector(selector)?.getAttribute(name));
  expect(x('.interval-bad', 'x2')).toBeCloseTo(x('.interval-limit', 'x1'));
  expect(x('.interval-limit', 'x1')).toBeLessThan(x('.interval-zero', 'x1'));
  expect(x('.interval-zero', 'x1')).toBeLessThan(x('.interval-dot', 'cx'));
  rerender(<Interval value={null} low={null} high={null} />);
  expect(container.querySelector('svg')).toBeNull();
});
