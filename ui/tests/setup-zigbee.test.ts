import { flushSync } from 'svelte';
import { describe, expect, test } from 'vitest';
import { CallProblem } from '../src/lib/api/problem';
import AddDevice from '../src/views/AddDevice.svelte';
import { mqttSection } from '../src/views/zigbee';
import { snapshot } from './fixtures/home';
import { render, scene, type Scene } from './render';

const USER = {
  server: 'mqtt://127.0.0.1:1883',
  base_topic: 'zigbee2mqtt',
  user: 'zigbee2mqtt',
  password: 'q3wJ_kX9',
};
const ADDRESSES = { http: null, mqtt: '127.0.0.1:1883', built_in_broker: true };
const settle = async (): Promise<void> => {
  for (let round = 0; round < 4; round += 1) await Promise.resolve();
  flushSync();
};

/** A home without devices, whose Zigbee2MQTT stands like this. */
function home(state: string, devices = false): Scene {
  const fresh = structuredClone(snapshot);
  const adapters = fresh.adapters.map((adapter) => ({ ...adapter, state, joining_until: null, pairing: [] }));
  const made = scene({ ...fresh, adapters, devices: devices ? fresh.devices : [] });
  made.wire.answers.addresses = ADDRESSES;
  return made;
}

function button(element: Element, words: string): HTMLButtonElement {
  const found = [...element.querySelectorAll('button')].find((each) => each.textContent?.includes(words));
  if (!found) throw new Error(`no button ${words} in ${element.textContent}`);
  return found;
}

function answer(scene: Scene, with_: (call: Scene['wire']['calls'][number]) => void): void {
  const call = scene.wire.calls.shift();
  if (!call) throw new Error('nothing was asked');
  with_(call);
}

describe('connecting Zigbee2MQTT', () => {
  test('makes the password, shows it with the server as its section, and goes on when it is there', async () => {
    const scene = home('waiting');
    const element = render(AddDevice, {}, scene);
    await settle();
    expect(element.textContent).not.toContain('mqtt-user');
    button(element, 'Make the password').click();
    expect(scene.wire.calls[0]?.request).toEqual({
      method: 'add_mqtt_user',
      params: { user: 'zigbee2mqtt', role: 'zigbee2mqtt', replace: false },
    });
    answer(scene, (call) => call.resolve(USER));
    await settle();
    expect(element.querySelector('pre')?.textContent).toBe(mqttSection(USER));
    expect(element.querySelector('[role=status]')?.textContent).toContain('Waiting for Zigbee2MQTT');

    const [adapter] = scene.store.adapters;
    if (!adapter) throw new Error('the fixture has one');
    const online = { what: 'adapter' as const, adapter: { ...adapter, state: 'online' } };
    scene.store.apply({ type: 'changes', seq: snapshot.seq + 1, changes: [online] });
    flushSync();
    expect(element.textContent).not.toContain(USER.password);
    expect(element.textContent).toContain('Zigbee2MQTT is connected');
    // The network stays shut until a person opens it.
    expect(scene.wire.calls).toEqual([]);
    button(element, 'Open the network').click();
    expect(scene.wire.calls[0]?.request.method).toBe('permit_join');
  });

  test('asks before it ends a password that is in use', async () => {
    const scene = home('waiting');
    const element = render(AddDevice, {}, scene);
    await settle();
    button(element, 'Make the password').click();
    const problem = {
      type: '',
      title: '',
      status: 409,
      code: 'exists' as const,
      detail: 'there',
      pointer: '',
    };
    answer(scene, (call) => call.reject(new CallProblem(problem)));
    await settle();
    button(element, 'Make a new password').click();
    expect(scene.wire.calls[0]?.request).toMatchObject({ params: { replace: true } });
  });

  test('says why it cannot be made', async () => {
    const scene = home('waiting');
    const element = render(AddDevice, {}, scene);
    await settle();
    button(element, 'Make the password').click();
    answer(scene, (call) => call.reject(new Error('this needs the role admin')));
    await settle();
    expect(element.querySelector('[role=alert]')?.textContent).toBe('this needs the role admin');
  });

  test('with another broker makes none and says where to go', async () => {
    const scene = home('waiting');
    scene.wire.answers.addresses = { ...ADDRESSES, mqtt: 'nas.local:1883', built_in_broker: false };
    const element = render(AddDevice, {}, scene);
    await settle();
    expect(element.textContent).toContain('nas.local:1883');
    expect(element.querySelectorAll('button')).toHaveLength(0);
  });

  test('what worked before is to be started, and set up only if a person wants that', async () => {
    const scene = home('offline', true);
    const element = render(AddDevice, {}, scene);
    await settle();
    expect(element.textContent).not.toContain('Make the password');
    button(element, 'Connect it anew').click();
    await settle();
    expect(button(element, 'Make the password').disabled).toBe(false);
  });

  test('quotes what would not stay a text in YAML', () => {
    expect(mqttSection({ ...USER, password: "it's: #1" })).toContain("  password: 'it''s: #1'\n");
  });
});
