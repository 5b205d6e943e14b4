import { afterEach, describe, expect, test } from 'vitest';
import * as format from '../src/lib/text/format';
import { sentence } from '../src/lib/text/words';
import { equal, fit, same } from '../src/lib/values';
import { NOW } from './fixtures/home';

const now = Date.parse(NOW);

afterEach(() => format.useTimeZone('UTC'));

describe('numbers', () => {
  test.each([
    [21.44, '°C', '21.4 °C'],
    [21, '°C', '21.0 °C'],
    [-0.04, '°C', '0.0 °C'],
    [46.7, '%', '47 %'],
    [1013.24, 'hPa', '1,013 hPa'],
    [6.24, 'W', '6.2 W'],
    [84.3, 'W', '84 W'],
    [0, 'W', '0 W'],
    [1034.256, 'kWh', '1,034.26 kWh'],
    [90, '°', '90°'],
    [3.14159, null, '3.14'],
    [5, 'furlong', '5 furlong'],
  ])('%d with unit %s is %s', (amount, unit, expected) => {
    expect(format.withUnit(amount, unit)).toBe(expected);
  });

  test('a step says how many digits make sense', () => {
    expect(format.number(0.125, null, 0.001)).toBe('0.125');
  });
});

describe('values', () => {
  test.each([
    [{ type: 'binary' }, true, 'open', 'Open'],
    [{ type: 'binary' }, false, 'water_leak', 'Dry'],
    [{ type: 'binary' }, true, 'child_lock', 'Yes'],
    [{ type: 'switch' }, 'on', 'state', 'On'],
    [{ type: 'switch' }, 'on', 'lock', 'Locked'],
    [{ type: 'enum' }, 'fan_only', 'mode', 'Fan only'],
    [{ type: 'enum' }, 'Low Power', 'mode', 'Low Power'],
    [{ type: 'enum' }, '', 'feed', '–'],
    [{ type: 'color' }, { hue: 24, saturation: 88 }, 'color', '24°, 88 %'],
    [{ type: 'text' }, 'hello', 'x', 'hello'],
    [{ type: 'number' }, null, 'x', 'Unknown'],
    [{ type: 'list', item: { type: 'number' } }, [1, 2], 'x', '1 · 2'],
    [{ type: 'list' }, [], 'x', 'Empty'],
    [{ type: 'composite', fields: [] }, { from_hour: 7 }, 'x', 'From hour 7'],
    // What does not fit its type is shown as it is, not hidden.
    [{ type: 'number' }, 'broken', 'x', 'broken'],
  ])('%o %j', (shape, raw, base, expected) => {
    expect(format.value(shape, raw, base)).toBe(expected);
  });

  test('words become sentences', () => {
    expect(sentence('power_on-behavior')).toBe('Power on behavior');
  });
});

describe('times', () => {
  test.each([
    [4, 'now'],
    [30, '30 sec. ago'],
    [120, '2 min. ago'],
    [7200, '2 hr. ago'],
    [86_400 * 3, '3 days ago'],
  ])('%d s ago', (seconds, expected) => {
    // Punctuation of short forms differs between versions of the locale data.
    expect(format.age(now - seconds * 1000, now).replaceAll('.', '')).toBe(expected.replaceAll('.', ''));
  });

  test('clock times are the home’s, not the reader’s', () => {
    format.useTimeZone('Asia/Tokyo');
    expect(format.clock(NOW)).toMatch(/^0?3:30/);
    expect(format.day(NOW, now)).toBe('Today');
    expect(format.day('2026-11-22T14:00:00Z', now)).toBe('Yesterday');
  });

  test('a time zone that the browser does not know leaves its own', () => {
    expect(() => format.useTimeZone('Mars/Olympus')).not.toThrow();
    expect(format.clock(NOW)).toMatch(/\d/);
  });

  test('countdowns', () => {
    expect([187, 60, 0.2, -5].map(format.countdown)).toEqual(['3:07', '1:00', '0:01', '0:00']);
  });
});

test('a language of the C locale is no language', () => {
  expect(format.localeOf(['C'])).toBe('en-GB');
  expect(format.localeOf(['C', 'de-CH'])).toBe('de-CH');
  expect(format.localeOf([])).toBe('en-GB');
});

describe('comparing and fitting', () => {
  test('a report is as good as a wish within what radios round', () => {
    expect(same({ type: 'number', unit: '%' }, 50, 50.4)).toBe(true);
    expect(same({ type: 'number', unit: '%' }, 50, 51)).toBe(false);
    expect(same({ type: 'number', unit: 'K' }, 2700, 2703)).toBe(true);
    expect(same({ type: 'number', unit: '°C', step: 0.5 }, 21, 21.5)).toBe(false);
    expect(
      same({ type: 'color', unit: null }, { hue: 358, saturation: 80 }, { hue: 1, saturation: 79 }),
    ).toBe(true);
    expect(same({ type: 'enum', unit: null }, 'heat', 'heat')).toBe(true);
  });

  test('structures', () => {
    expect(equal({ a: [1, { b: null }] }, { a: [1, { b: null }] })).toBe(true);
    expect(equal({ a: 1 }, { a: 1, b: 2 })).toBe(false);
    expect(equal([1], { 0: 1 })).toBe(false);
  });

  test('steps and ranges', () => {
    expect(fit({ min: 5, max: 30, step: 0.5 }, 21.3)).toBe(21.5);
    expect(fit({ min: 5, max: 30, step: 0.5 }, 99)).toBe(30);
    expect(fit({ step: 0.1 }, 0.1 + 0.2)).toBe(0.3);
    expect(fit({}, 7.25)).toBe(7.25);
  });
});
