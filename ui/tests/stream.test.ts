import { flushSync } from 'svelte';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { JournalView } from '../src/lib/api/generated';
import Automations from '../src/views/Automations.svelte';
import Changes from '../src/views/Changes.svelte';
import Journal from '../src/views/Journal.svelte';
import { snapshot, state } from './fixtures/home';
import { render, scene, type Scene } from './render';

const line = (text: string, device: string | null = null): JournalView => ({
  at: `2026-01-10T22:00:0${text.length % 10}Z`,
  kind: 'device',
  text,
  device,
  property: null,
  rule: null,
  why: [],
});
const settle = async (): Promise<void> => {
  await vi.advanceTimersByTimeAsync(0);
  flushSync();
};

let seq = snapshot.seq;
function tell(home: Scene, entries: JournalView[], gap = false): void {
  home.store.apply({ type: 'changes', seq: (seq += 1), changes: [{ what: 'journal', entries, gap }] });
  flushSync();
}
const shown = (element: Element): string[] =>
  [...element.querySelectorAll('li p:first-child')].map((each) => each.textContent ?? '');

beforeEach(() => {
  vi.useFakeTimers();
  seq = snapshot.seq;
});
afterEach(() => vi.useRealTimers());

describe('the journal', () => {
  test('goes on by the stream, is not asked for again, and shows each line once', async () => {
    const home = scene();
    const asked = vi.spyOn(home.wire, 'call');
    home.wire.answers.journal = [line('old')];
    const element = render(Journal, { device: null }, home);
    await settle();
    tell(home, [line('older news'), line('news')]);
    tell(home, [line('news')]);
    expect(shown(element)).toEqual(['news', 'older news', 'old']);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toHaveBeenCalledTimes(1);
  });

  test('keeps what comes while it is asked for', async () => {
    const home = scene();
    delete home.wire.answers.journal;
    const element = render(Journal, { device: null }, home);
    tell(home, [line('meanwhile')]);
    home.wire.calls[0]?.resolve([line('old')]);
    await settle();
    expect(shown(element)).toEqual(['meanwhile', 'old']);
  });

  test('of one device takes only its lines', async () => {
    const home = scene();
    const element = render(Journal, { device: 'hall_light' }, home);
    await settle();
    tell(home, [line('mine', 'hall_light'), line('another', 'living_lamp')]);
    expect(shown(element)).toEqual(['mine']);
  });

  test('is asked for after a gap, and after the stream began anew', async () => {
    const home = scene();
    home.wire.answers.journal = [line('old')];
    const element = render(Journal, { device: null }, home);
    await settle();
    home.wire.answers.journal = [line('left out'), line('old')];
    tell(home, [line('the last of many')], true);
    await settle();
    expect(shown(element)).toEqual(['left out', 'old']);
    home.wire.answers.journal = [line('after the snapshot'), line('left out')];
    home.store.apply({ type: 'snapshot', snapshot: structuredClone(snapshot) });
    await settle();
    expect(shown(element)).toEqual(['after the snapshot', 'left out', 'old']);
  });
});

describe('last changes', () => {
  const at = (second: number): string => `2099-01-10T23:00:${String(second).padStart(2, '0')}Z`;
  const report = (home: Scene, value: number, changed_at: string): void => {
    const device = home.store.byId.get('living_climate');
    device?.report('temperature', { ...state(value), changed_at });
    flushSync();
  };

  test('are asked for when the device changed, at most once a second, and never by the clock alone', async () => {
    const home = scene();
    const asked = vi.spyOn(home.wire, 'call');
    const device = home.store.byId.get('living_climate');
    if (!device) throw new Error('the fixture has one');
    render(Changes, { device }, home);
    await settle();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toHaveBeenCalledTimes(1);
    for (let second = 1; second <= 9; second += 1) report(home, second, at(second));
    await vi.advanceTimersByTimeAsync(900);
    expect(asked).toHaveBeenCalledTimes(2);
    report(home, 10, at(10));
    await vi.advanceTimersByTimeAsync(1000);
    expect(asked).toHaveBeenCalledTimes(3);
  });
});

describe('a rule that a hand keeps waiting', () => {
  test('says so with the time, and gives the device back', () => {
    const home = scene();
    const element = render(Automations, {}, home);
    const row = element.querySelector('[data-rule=warm_in_the_evening]');
    expect((row?.textContent ?? '').replace(/\s+/g, ' ')).toMatch(/Radiator is held by Ada until \d/);
    row?.querySelector<HTMLButtonElement>('.resume')?.click();
    expect(home.wire.calls[0]?.request).toEqual({
      method: 'resume',
      params: { device: 'living_trv', property: 'target_temperature' },
    });
  });
});
