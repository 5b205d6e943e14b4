import { flushSync } from 'svelte';
import { describe, expect, test, vi } from 'vitest';
import { NOW, snapshot, state } from './fixtures/home';
import { HeldTransport, scene } from './render';
import type { Update } from '../src/lib/api/generated';
import { HomeStore } from '../src/lib/store/home.svelte';

const keyOf = (id: string): string => snapshot.devices.find((device) => device.id === id)?.key ?? '';
const delta = (seq: number, value: unknown): Update => ({
  type: 'changes',
  seq,
  changes: [{ what: 'property', key: keyOf('living_climate'), property: 'temperature', state: state(value) }],
});

describe('the store', () => {
  test('takes a snapshot and finds devices by slug and by key', () => {
    const { store } = scene();
    expect(store.ready).toBe(true);
    expect(store.devices.size).toBe(snapshot.devices.length);
    expect(store.byId.get('living_ceiling')?.name).toBe('Ceiling');
    expect(store.byId.get('living_ceiling')?.at('brightness')?.state.value).toBe(72);
  });

  test('a delta wakes what reads that property and nothing else', () => {
    const { store } = scene();
    const climate = store.byId.get('living_climate');
    const seen: unknown[] = [];
    let others = 0;
    const stop = $effect.root(() => {
      $effect(() => void seen.push(climate?.at('temperature')?.state.value));
      $effect(() => {
        void climate?.at('humidity')?.state.value;
        others += 1;
      });
    });
    flushSync();
    store.apply(delta(101, 22.2));
    flushSync();
    expect(seen).toEqual([21.4, 22.2]);
    expect(others).toBe(1);
    stop();
  });

  test('a gap asks for a new snapshot, and nothing is applied until it comes', () => {
    const { store, wire } = scene();
    const property = store.byId.get('living_climate')?.at('temperature');
    expect(store.apply(delta(103, 30))).toBe(false);
    expect(wire.resyncs).toBe(1);
    store.apply(delta(104, 31));
    expect(property?.state.value).toBe(21.4);
    store.apply({ type: 'snapshot', snapshot: { ...structuredClone(snapshot), seq: 104 } });
    store.apply(delta(105, 23));
    expect(store.byId.get('living_climate')?.at('temperature')?.state.value).toBe(23);
    expect(wire.resyncs).toBe(1);
  });

  test('a delta that the snapshot already holds is passed over', () => {
    const { store, wire } = scene();
    expect(store.apply(delta(100, 99))).toBe(true);
    expect(store.byId.get('living_climate')?.at('temperature')?.state.value).toBe(21.4);
    expect(wire.resyncs).toBe(0);
  });

  test('a renamed device stays the same object; a removed one goes', () => {
    const { store } = scene();
    const before = store.byId.get('hall_light');
    const view = {
      ...structuredClone(before?.view),
      id: 'entrance',
      name: 'Entrance',
    } as (typeof snapshot.devices)[0];
    store.apply({ type: 'changes', seq: 101, changes: [{ what: 'device', device: view }] });
    expect(store.byId.get('entrance')).toBe(before);
    expect(store.byId.has('hall_light')).toBe(false);
    store.apply({ type: 'changes', seq: 102, changes: [{ what: 'device_removed', key: view.key }] });
    expect(store.byId.has('entrance')).toBe(false);
  });

  test('a snapshot after a loss drops devices that went meanwhile', () => {
    const { store } = scene();
    const rest = { ...structuredClone(snapshot), devices: structuredClone(snapshot.devices.slice(0, 3)) };
    store.apply({ type: 'snapshot', snapshot: rest });
    expect(store.devices.size).toBe(3);
  });

  test('many messages of one frame are applied together', () => {
    const frames: FrameRequestCallback[] = [];
    vi.stubGlobal('requestAnimationFrame', (callback: FrameRequestCallback) => frames.push(callback));
    const wire = new HeldTransport();
    const store = new HomeStore(wire);
    store.start();
    wire.push({ type: 'snapshot', snapshot: structuredClone(snapshot) });
    for (let seq = 101; seq <= 200; seq += 1) wire.push(delta(seq, seq));
    expect(frames).toHaveLength(1);
    expect(store.ready).toBe(false);
    frames[0]?.(0);
    expect(store.byId.get('living_climate')?.at('temperature')?.state.value).toBe(200);
    vi.unstubAllGlobals();
  });

  test('adapters, rules, rooms and notices are replaced one by one', () => {
    const notices: string[] = [];
    const { store, wire } = scene();
    store.start((notice) => notices.push(notice.text));
    const [adapter] = snapshot.adapters;
    const [rule] = snapshot.rules;
    if (!adapter || !rule) throw new Error('the fixture has both');
    store.apply({
      type: 'changes',
      seq: 101,
      changes: [
        { what: 'adapter', adapter: { ...adapter, state: 'offline' } },
        { what: 'adapter_removed', id: 'bluetooth' },
        { what: 'rule', rule: { ...rule, enabled: false } },
        { what: 'rooms', rooms: [] },
        { what: 'notice', notice: { at: NOW, level: 'info', text: 'Hello', rule: null } },
      ],
    });
    expect(store.adapters.map((each) => `${each.id} ${each.state}`)).toEqual(['zigbee2mqtt offline']);
    expect(store.rules).toHaveLength(snapshot.rules.length);
    expect(store.rules[0]?.enabled).toBe(false);
    expect(store.rooms).toEqual([]);
    expect(store.notices.at(-1)?.text).toBe('Hello');
    expect(notices).toEqual(['Hello']);
    expect(wire.resyncs).toBe(0);
  });

  test('the clock is the hub’s', () => {
    vi.useFakeTimers({ now: Date.parse(NOW) - 3_600_000 });
    const { store } = scene();
    vi.advanceTimersByTime(5000);
    expect(store.now()).toBe(Date.parse(NOW) + 5000);
    vi.useRealTimers();
  });

  test('a lost connection is shown with its time, and cleared when it is back', () => {
    const { store, wire } = scene();
    wire.onConnection('lost');
    expect(store.status).toBe('lost');
    expect(store.lostAt).not.toBeNull();
    wire.onConnection('connected');
    expect(store.lostAt).toBeNull();
  });
});
