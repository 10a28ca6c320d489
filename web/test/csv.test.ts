import { expect, it } from 'vitest';
import { toCsv } from '../src/lib/csv';

it('quotes what needs it and keeps numbers as they are', () => {
  const csv = toCsv({
    head: ['name', 'value'],
    rows: [
      ['plain', 0.1234],
      ['a,b', null],
      ['say "hi"', -3],
      ['two\nlines', 1e-7],
    ],
  });
  expect(csv).toBe('name,value\r\nplain,0.1234\r\n"a,b",\r\n"say ""hi""",-3\r\n"two\nlines",1e-7\r\n');
});

it('never hands a spreadsheet a formula', () => {
  expect(toCsv({ head: ['x'], rows: [['=cmd()'], ['+1'], ['@a'], ['-b']] })).toBe(
    "x\r\n'=cmd()\r\n'+1\r\n'@a\r\n'-b\r\n",
  );
});
