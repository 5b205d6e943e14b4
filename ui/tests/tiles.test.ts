import { flushSync } from 'svelte';
import { describe, expect, test } from 'vitest';
import { tileOf } from '../src/lib/meaning';
import DeviceTile from '../src/lib/tiles/DeviceTile.svelte';
import { snapshot, state } from './fixtures/home';
import { render, scene, type Scene } from './render';

function tile(id: string, home: Scene = scene()): { element: HTMLElement; home: Scene } {
  const device = home.store.byId.get(id);
  if (!device) throw new Error(`no ${id}`);
  const element = render(DeviceTile, { device }, home).querySelector<HTMLElement>('.tile');
  if (!element) throw new Error('no tile');
  return { element, home };
}

const text = (element: Element): string => (element.textContent ?? '').replace(/\s+/g, ' ').trim();

describe('the tile of', () => {
  const expected: Record<string, [kind: string, says: string[]]> = {
    living_ceiling: ['light', ['Ceiling', '72']],
    living_trv: ['thermostat', ['20.6', '21.5 °C', 'Heating', 'Held by Ada until']],
    living_blind: ['cover', ['65 % open']],
    living_climate: ['sensor', ['21.4', '°C', '46 %']],
    tv_plug: ['switch', ['84', 'W', '212.47 kWh']],
    window_west: ['sensor', ['Open']],
    kitchen_leak: ['sensor', ['Leak']],
    kitchen_wall: ['multi', ['Left', 'Right']],
    six_way: ['multi', ['L1', 'L3', '+3 more']],
    hood: ['fan', ['Medium']],
    main_valve: ['switch', ['On']],
    bed_remote: ['button', ['Not pressed yet']],
    front_door: ['lock', ['Locked', 'Hold to unlock']],
    hall_motion: ['sensor', ['Motion', '31 lx']],
    hall_siren: ['switch', ['Off']],
    ada_phone: ['sensor', ['Present']],
    cat_feeder: ['generic', ['Portions a day', '4', 'Portion', '12 g']],
    range_extender: ['generic', ['Link quality', '66']],
    new_bulb: ['generic', ['Its interview is not complete']],
    bath_fan: ['fan', ['Does not answer']],
    bath_sensor: ['sensor', ['Waiting for first report']],
    bed_climate: ['sensor', ['Last heard 3 hr']],
  };

  test.each(Object.entries(expected))('%s', (id, [kind, says]) => {
    const home = scene();
    home.clock.coarse = home.store.now();
    const device = home.store.byId.get(id);
    expect(device && tileOf(device)).toBe(kind);
    const { element } = tile(id, home);
    for (const part of says) expect(text(element)).toContain(part);
  });

  test('every device of the fixture, with its name', () => {
    const home = scene();
    for (const device of home.store.devices.values()) {
      expect(text(tile(device.id, home).element)).toContain(device.name);
    }
    expect(home.store.devices.size).toBe(snapshot.devices.length);
  });

  test('a device that was never heard says so, and shows no number', () => {
    const { element } = tile('bath_sensor');
    expect(element.classList).toContain('never');
    expect(text(element)).not.toMatch(/\d/);
  });
});

describe('a tile', () => {
  test('toggles its lamp on a click, shows pending, then the reason of a refusal until it is seen', async () => {
    const { element, home } = tile('kitchen_spots');
    expect(element.dataset.state).toBe('off');
    element.querySelector<HTMLButtonElement>('.hit')?.click();
    flushSync();
    expect(element.dataset.state).toBe('on');
    expect(element.dataset.phase).toBe('pending');
    home.wire.calls[0]?.reject({
      code: 'timed_out',
      detail: 'No answer within 10 s.',
      status: 504,
      title: '',
      type: '',
      pointer: '',
    });
    await Promise.resolve();
    await new Promise((resolve) => setTimeout(resolve));
    flushSync();
    expect(element.dataset.state).toBe('off');
    expect(element.dataset.phase).toBe('failed');
    expect(text(element)).toContain('No answer within 10 s.');
    element.querySelector<HTMLButtonElement>('button.failure')?.click();
    flushSync();
    expect(element.dataset.phase).toBe('idle');
  });

  test('follows a report', () => {
    const { element, home } = tile('living_climate');
    home.store.byId.get('living_climate')?.report('temperature', state(23.75));
    flushSync();
    expect(text(element)).toMatch(/23\.8 ?°C/);
  });

  test('a lock is not turned by a tap; a keyboard is asked', () => {
    const { element, home } = tile('front_door');
    const hit = element.querySelector<HTMLButtonElement>('.hit');
    hit?.dispatchEvent(new MouseEvent('click', { bubbles: true, detail: 1 }));
    flushSync();
    expect(home.wire.calls).toHaveLength(0);
    expect(document.querySelector('[role=dialog]')).toBeNull();
    hit?.dispatchEvent(new MouseEvent('click', { bubbles: true, detail: 0 }));
    flushSync();
    expect(home.wire.calls).toHaveLength(0);
    expect(document.querySelector('[role=dialog]')).not.toBeNull();
  });

  test('each part of a double switch is its own', () => {
    const { element, home } = tile('kitchen_wall');
    element.querySelector<HTMLButtonElement>('[data-property=state_right]')?.click();
    expect(home.wire.calls[0]?.request).toEqual({
      method: 'set_property',
      params: { device: 'kitchen_wall', property: 'state_right', value: 'on' },
    });
  });

  test('a remote shows its last press', () => {
    const { element, home } = tile('bed_remote');
    home.store.byId.get('bed_remote')?.happened('action', { value: 'double', at: new Date().toISOString() });
    flushSync();
    expect(text(element)).toContain('Double');
  });

  test('a thermostat steps by the device’s step', () => {
    const { element, home } = tile('living_trv');
    element.querySelector<HTMLButtonElement>('[aria-label$="Warmer"]')?.click();
    expect(home.wire.calls[0]?.request).toEqual({
      method: 'set_property',
      params: { device: 'living_trv', property: 'target_temperature', value: 22 },
    });
  });

  test('an arrow key dims a lamp, and the first one turns it on', () => {
    const { element, home } = tile('kitchen_spots');
    const key = new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true });
    element.querySelector('.hit')?.dispatchEvent(key);
    expect(home.wire.calls[0]?.request).toEqual({
      method: 'set_properties',
      params: { device: 'kitchen_spots', values: { brightness: 5, state: 'on' } },
    });
  });

  test('a name with markup is only a name', () => {
    const { element } = tile('cat_feeder');
    expect(text(element)).toContain('Cat feeder <🐈>');
  });
});
