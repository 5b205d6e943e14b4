/** When an adapter's state is trouble that people must hear of, and what it is called. */
import type { AdapterView } from './api/generated';
import type { Device } from './store/device.svelte';
import { m } from './text';

const NAMES: Record<string, string> = {
  zigbee2mqtt: 'Zigbee2MQTT',
  mqtt: 'MQTT',
  bluetooth: 'Bluetooth',
  demo: m.settings.demo,
};

export function adapterName(id: string): string {
  return NAMES[id] ?? id;
}

export interface Trouble {
  id: string;
  name: string;
  state: string;
  detail: string;
}

/**
 * Offline is trouble. Waiting and connecting are only when devices came in through it: before that nothing is missed.
 */
export function troubled(adapters: AdapterView[], devices: Pick<Device, 'view'>[]): Trouble[] {
  const used = new Set(devices.map((device) => device.view.source));
  return adapters
    .filter((adapter) => adapter.state === 'offline' || (adapter.state !== 'online' && used.has(adapter.id)))
    .map((adapter) => ({
      id: adapter.id,
      name: adapterName(adapter.id),
      state: adapter.state,
      detail: adapter.detail,
    }));
}
