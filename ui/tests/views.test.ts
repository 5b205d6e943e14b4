import { flushSync } from 'svelte';
import { describe, expect, test } from 'vitest';
import { attention } from '../src/lib/attention';
import { samplesOf, spansOf, trendOf } from '../src/lib/store/series';
import { troubled } from '../src/lib/trouble';
import { href, parse, type Route } from '../src/lib/router.svelte';
import { columnsOf, oneLine, sections, spanOf } from '../src/views/home.svelte';
import Automations from '../src/views/Automations.svelte';
import Device from '../src/views/Device.svelte';
import Home from '../src/views/Home.svelte';
import { NOW, snapshot } from './fixtures/home';
import { render, scene } from './render';

const text = (element: Element): string => (element.textContent ?? '').replace(/\s+/g, ' ');

function signs(home = scene()): string[] {
  const { store } = home;
  return attention({
    devices: [...store.devices.values()],
    rules: store.rules,
    diagnostics: store.diagnostics,
    notices: store.notices,
    troubles: store.home.troubles,
    roomName: () => '',
    now: Date.parse(NOW),
  }).map((entry) => entry.id.replace(/:.*/, ''));
}

describe('what needs attention', () => {
  test('stands worst first', () => {
    expect(signs()).toEqual(['water_leak', 'notice', 'failed', 'offline', 'battery', 'rules', 'paused']);
  });

  test('many of one sort become one entry', () => {
    const many = structuredClone(snapshot);
    for (const device of many.devices) device.online = false;
    expect(signs(scene(many)).filter((sign) => sign === 'offline')).toHaveLength(1);
  });

  test('a quiet home needs none', () => {
    const quiet = { ...structuredClone(snapshot), devices: [], rules: [], diagnostics: [], notices: [] };
    expect(signs(scene(quiet))).toEqual([]);
  });

  test('an adapter is in trouble when it is offline, or not there for devices that need it', () => {
    const { store } = scene();
    const [zigbee] = snapshot.adapters;
    if (!zigbee) throw new Error('the fixture has one');
    const state = (state: string, devices = [...store.devices.values()]) =>
      troubled([{ ...zigbee, state }], devices).length;
    expect([state('online'), state('offline'), state('waiting'), state('connecting')]).toEqual([0, 1, 1, 1]);
    expect([state('waiting', []), state('offline', [])]).toEqual([0, 1]);
  });
});

describe('home', () => {
  test('has its rooms in order, what has no room last, and kinds in order', () => {
    const { store } = scene();
    const list = sections(store);
    expect(list.map((section) => section.room?.name ?? '')).toEqual([
      'Living room',
      'Kitchen',
      'Bedroom',
      'Hall',
      'Bathroom',
      'Study',
      '',
    ]);
    expect(list[0]?.devices.map((device) => device.kind)).toEqual([
      'light',
      'light',
      'thermostat',
      'cover',
      'plug',
      'sensor',
      'sensor',
    ]);
  });

  test('a section is as wide as its tiles need, and never wider than the page', () => {
    const [living] = sections(scene().store);
    if (!living) throw new Error('the fixture has one');
    expect(columnsOf(362)).toBe(2);
    expect(spanOf(living, 2)).toBe(2);
    expect(spanOf(living, 1)).toBe(1);
    expect(spanOf(living, 9)).toBe(5);
  });

  test('is told in one line', () => {
    expect(oneLine([...scene().store.devices.values()])).toBe(
      '20.6 °C inside · 2 lights on · 1 window or door open',
    );
  });

  test('without devices offers the demo home and adding devices', () => {
    const home = scene({ ...structuredClone(snapshot), devices: [], rooms: [] });
    const element = render(Home, {}, home);
    [...element.querySelectorAll('button')]
      .find((button) => text(button).includes('Start the demo home'))
      ?.click();
    expect(home.wire.calls[0]?.request).toEqual({ method: 'start_demo' });
    expect(element.querySelector('a[href="#/add"]')).not.toBeNull();
  });

  test('shows every device', () => {
    const element = render(Home, {}, scene());
    expect(element.querySelectorAll('[data-device]')).toHaveLength(snapshot.devices.length);
  });
});

describe('the page of a device', () => {
  test.each(snapshot.devices.map((device) => device.id))('%s has every property, whatever its type', (id) => {
    const home = scene();
    const element = render(Device, { id }, home);
    const names = [...(home.store.byId.get(id)?.properties.keys() ?? [])];
    const shown = new Set(
      [...element.querySelectorAll<HTMLElement>('[data-property]')].map((row) => row.dataset.property),
    );
    expect(names.filter((name) => !shown.has(name))).toEqual([]);
  });

  test('edits a list of composites and sends it as a whole', () => {
    const home = scene();
    const element = render(Device, { id: 'cat_feeder' }, home);
    const row = element.querySelector('[data-property=schedule]');
    expect(text(row ?? element)).toContain('Workdays');
    const press = (label: string): void => {
      [...(row?.querySelectorAll('button') ?? [])].find((button) => text(button).includes(label))?.click();
      flushSync();
    };
    press('Edit');
    row?.querySelector<HTMLButtonElement>('[aria-label="Remove this item 1"]')?.click();
    flushSync();
    const hour = row?.querySelector<HTMLInputElement>('input[aria-label=Hour]');
    if (!hour) throw new Error('no field');
    hour.value = '19';
    hour.dispatchEvent(new Event('input', { bubbles: true }));
    flushSync();
    press('Save');
    expect(home.wire.calls[0]?.request).toEqual({
      method: 'set_property',
      params: {
        device: 'cat_feeder',
        property: 'schedule',
        value: [{ days: 'everyday', hour: 19, minute: 30, size: 2 }],
      },
    });
  });

  test('refuses a draft out of range before it is sent', () => {
    const home = scene();
    const element = render(Device, { id: 'cat_feeder' }, home);
    const row = element.querySelector('[data-property=schedule]');
    [...(row?.querySelectorAll('button') ?? [])].find((button) => text(button).includes('Edit'))?.click();
    flushSync();
    const hour = row?.querySelector<HTMLInputElement>('input[aria-label=Hour]');
    if (!hour) throw new Error('no field');
    hour.value = '99';
    hour.dispatchEvent(new Event('input', { bubbles: true }));
    flushSync();
    expect(text(row ?? element)).toContain('This does not fit.');
  });

  test('says when the device is gone', () => {
    expect(text(render(Device, { id: 'nobody' }, scene()))).toContain('not here any more');
  });
});

describe('automations', () => {
  test('show each mistake with its place, the line and a caret under the word', () => {
    const element = render(Automations, {}, scene());
    const pre = element.querySelector('[data-code=unknown-device] pre');
    expect(pre?.textContent).toContain('31 │     hold:  { bed_lamp: { state: off } }');
    const [line = '', caret = ''] = (pre?.textContent ?? '').split('\n');
    expect(line.slice(caret.indexOf('^'), caret.lastIndexOf('^') + 1)).toBe('bed_lamp');
  });

  test('the caret stands right under a line of which only a part is shown', () => {
    const pre = render(Automations, {}, scene()).querySelector('[data-code=quote-expression] pre');
    const [line = '', caret = ''] = (pre?.textContent ?? '').split('\n');
    expect(line.slice(caret.indexOf('^'))).toBe('max(a, b) > 3]');
  });

  test('switch at once, and only edge rules can be run', () => {
    const home = scene();
    const element = render(Automations, {}, home);
    const rule = element.querySelector('[data-rule=holiday]');
    rule?.querySelector<HTMLButtonElement>('[role=switch]')?.click();
    flushSync();
    expect(rule?.querySelector('[role=switch]')?.getAttribute('aria-checked')).toBe('true');
    expect(home.wire.calls[0]?.request).toEqual({
      method: 'switch_rule',
      params: { rule: 'holiday', enabled: true },
    });
    expect(element.querySelector('[data-rule=water_leak] [aria-label^="Run now"]')).not.toBeNull();
    expect(element.querySelector('[data-rule=hall_light_on_motion] [aria-label^="Run now"]')).toBeNull();
  });

  test('without any show an example that names devices which are there', () => {
    const home = scene({ ...structuredClone(snapshot), rules: [], diagnostics: [] });
    expect(text(render(Automations, {}, home))).toContain('while: hall_motion.motion');
  });
});

describe('series', () => {
  const HOUR = 3_600_000;
  const now = Date.parse(NOW);
  const sample = (hoursAgo: number, value: unknown) => ({
    t: new Date(now - hoursAgo * HOUR).toISOString(),
    value,
  });

  test('switches and binaries are 0 and 1, what is unknown is a gap', () => {
    expect(samplesOf([sample(3, 'on'), sample(2, false), sample(1, null)]).map((each) => each.mean)).toEqual([
      1,
      0,
      null,
    ]);
  });

  test('a trend is movement beyond the unit’s noise', () => {
    const before = samplesOf([sample(5, 20), sample(2, 20)]);
    expect(trendOf(before, now, 20.1, '°C')).toBe('steady');
    expect(trendOf(before, now, 21, '°C')).toBe('rising');
    expect(trendOf(before, now, 19, '°C')).toBe('falling');
    expect(trendOf(samplesOf([sample(0.1, 20)]), now, 25, '°C')).toBeNull();
    expect(trendOf([], now, 25, '°C')).toBeNull();
  });

  test('equal states that follow each other are one span', () => {
    const spans = spansOf([sample(4, true), sample(3, true), sample(1, false)], now);
    expect(spans.map((span) => [span.value, (span.to - span.from) / HOUR])).toEqual([
      [true, 3],
      [false, 1],
    ]);
  });
});

test('addresses are read back as they were written', () => {
  const routes: Route[] = [
    { view: 'home' },
    { view: 'device', id: 'kueche_licht' },
    { view: 'journal', device: 'a b/c' },
    { view: 'journal', device: null },
    { view: 'add' },
  ];
  for (const route of routes) expect(parse(href(route))).toEqual(route);
  expect(parse('#/%E0%A4%A')).toEqual({ view: 'home' });
  expect(parse('#/device/')).toEqual({ view: 'home' });
});
