import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CallProblem } from '../src/lib/api/problem';
import type { Code } from '../src/lib/api/generated';
import type { Property } from '../src/lib/store/device.svelte';
import { state } from './fixtures/home';
import { scene, type Scene } from './render';

let home: Scene;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
  home = scene();
});
afterEach(() => vi.useRealTimers());

function target(id: string, name: string) {
  const device = home.store.byId.get(id);
  const property = device?.properties.get(name);
  if (!device || !property) throw new Error(`no ${id}.${name}`);
  return { device, property };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

function refuse(index: number, code: Code, detail: string): void {
  home.wire.calls[index]?.reject(
    new CallProblem({ type: '', title: '', status: 409, code, detail, pointer: '' }),
  );
}

const confirm = (index: number, outcome = 'confirmed') =>
  home.wire.calls[index]?.resolve({ outcome, commands: [1] });

const requests = (): unknown[] =>
  home.wire.calls.map(({ request }) =>
    'params' in request ? (request.params as { value?: unknown }).value : null,
  );

function report(property: Property, value: unknown, extra = {}): void {
  property.report(state(value, extra));
}

describe('a click', () => {
  test('moves the control at once, stays pending, and is confirmed without a flicker', async () => {
    const { device, property } = target('kitchen_spots', 'state');
    void home.commands.set(device, property, 'on');
    expect(property.shown).toBe('on');
    expect(property.pending).toBe(true);
    expect(home.wire.calls[0]?.request).toEqual({
      method: 'set_property',
      params: { device: 'kitchen_spots', property: 'state', value: 'on' },
    });
    confirm(0);
    await settle();
    // The answer may come before the state says the same.
    expect(property.shown).toBe('on');
    report(property, 'on');
    expect(property.wish).toBeNull();
    expect(property.shown).toBe('on');
    expect(property.pending).toBe(false);
  });

  test('springs back with the reason, which stays until it is seen', async () => {
    const { device, property } = target('kitchen_spots', 'state');
    void home.commands.set(device, property, 'on');
    refuse(0, 'outranked', 'Water leak holds it.');
    await settle();
    expect(property.shown).toBe('off');
    expect(property.failure).toBe('Water leak holds it.');
    expect(device.failure?.reason).toBe('Water leak holds it.');
    // The hub's own record of the same failure arrives a moment later.
    home.commands.seen(device);
    report(property, 'off', {
      failed: { command: 1, reason: 'Water leak holds it.', at: new Date(home.store.now()).toISOString() },
    });
    expect(property.failure).toBeNull();
  });

  test('a later failure shows again after an earlier one was seen', async () => {
    const { device, property } = target('kitchen_spots', 'state');
    home.commands.seen(device);
    vi.advanceTimersByTime(60_000);
    report(property, 'off', {
      failed: { command: 9, reason: 'Too far away.', at: new Date(home.store.now()).toISOString() },
    });
    expect(property.failure).toBe('Too far away.');
  });

  test('that a newer one replaced leaves the newer one alone', async () => {
    const { device, property } = target('kitchen_spots', 'brightness');
    void home.commands.set(device, property, 30);
    void home.commands.set(device, property, 60);
    refuse(0, 'expired', 'A newer command replaced it.');
    await settle();
    expect(property.shown).toBe(60);
    expect(property.failure).toBeNull();
  });

  test('whose report never comes falls back to the state after a moment', async () => {
    const { device, property } = target('kitchen_spots', 'state');
    void home.commands.set(device, property, 'on');
    confirm(0, 'sent');
    await settle();
    expect(property.shown).toBe('on');
    await vi.advanceTimersByTimeAsync(2000);
    expect(property.shown).toBe('off');
  });

  test('on a property that is not reported back keeps showing what was asked', async () => {
    const { device, property } = target('living_lamp', 'effect');
    void home.commands.set(device, property, 'candle');
    confirm(0, 'sent');
    expect(property.pending).toBe(true);
    await vi.advanceTimersByTimeAsync(5000);
    expect(property.shown).toBe('candle');
    expect(property.pending).toBe(false);
  });

  test('survives that the device is described anew meanwhile', async () => {
    const { device, property } = target('kitchen_spots', 'state');
    void home.commands.set(device, property, 'on');
    device.describe(structuredClone(device.view));
    const renewed = device.at('state');
    expect(renewed).not.toBe(property);
    expect(renewed?.shown).toBe('on');
    refuse(0, 'timed_out', 'No answer.');
    await settle();
    expect(renewed?.shown).toBe('off');
    expect(renewed?.failure).toBe('No answer.');
  });

  test('a rounded report fulfils a wish', () => {
    const { device, property } = target('kitchen_spots', 'brightness');
    void home.commands.set(device, property, 50);
    report(property, 50.2);
    expect(property.wish).toBeNull();
  });

  test('a stale echo of the old state does not move the control back', () => {
    const { device, property } = target('kitchen_spots', 'brightness');
    void home.commands.set(device, property, 50);
    report(property, 80, { pending: { command: 1, value: 50, phase: 'sent' } });
    expect(property.shown).toBe(50);
  });

  test('a command of somebody else shows as pending too', () => {
    const { property } = target('hall_light', 'state');
    expect(property.pending).toBe(true);
    expect(property.shown).toBe('off');
  });
});

describe('a drag', () => {
  test('sends at most five a second, always the last, and gives up what it replaced', async () => {
    const { device, property } = target('kitchen_spots', 'brightness');
    for (let level = 1; level <= 60; level += 1) {
      home.commands.drag(device, [[property, level]], false);
      await vi.advanceTimersByTimeAsync(16);
    }
    home.commands.drag(device, [[property, 61]], true);
    expect(property.shown).toBe(61);
    expect(home.wire.calls.length).toBeLessThanOrEqual(7);
    expect(requests().at(-1)).toBe(61);
    expect(home.wire.calls.slice(0, -1).every((call) => call.signal?.aborted)).toBe(true);
    expect(home.wire.calls.at(-1)?.signal?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1000);
    expect(requests().at(-1)).toBe(61);
  });

  test('that ends in a refusal springs back', async () => {
    const { device, property } = target('kitchen_spots', 'brightness');
    home.commands.drag(device, [[property, 10]], false);
    home.commands.drag(device, [[property, 20]], true);
    refuse(home.wire.calls.length - 1, 'failed', 'Refused.');
    await settle();
    expect(property.shown).toBe(80);
    expect(property.failure).toBe('Refused.');
  });
});

test('an action shows what it writes', async () => {
  const { device, property } = target('living_blind', 'movement');
  void home.commands.invoke(device, 'close');
  expect(property.shown).toBe('close');
  expect(home.wire.calls[0]?.request).toEqual({
    method: 'invoke_action',
    params: { device: 'living_blind', action: 'close', input: null },
  });
});
