/** How Home is arranged: sections of rooms, and how many columns each takes. */
import type { RoomView } from '../lib/api/generated';
import { inOrder, isTall, tileOf } from '../lib/meaning';
import type { Device } from '../lib/store/device.svelte';
import type { HomeStore } from '../lib/store/home.svelte';
import { m } from '../lib/text';
import * as format from '../lib/text/format';
import { asNumber, asOn } from '../lib/values';

export const TILE_MIN = 168;
export const GAP = 12;
const ROWS = 2;

export interface Section {
  id: string;
  room: RoomView | null;
  devices: Device[];
  /** Half-columns of height: a tall tile counts two. */
  units: number;
}

/** Rooms in their order, then what has no room. */
export function sections(store: HomeStore): Section[] {
  const byRoom = new Map<string | null, Device[]>();
  for (const device of store.devices.values()) {
    const room = device.room !== null && store.roomById.has(device.room) ? device.room : null;
    const list = byRoom.get(room);
    if (list) list.push(device);
    else byRoom.set(room, [device]);
  }
  const section = (id: string, room: RoomView | null): Section => {
    const devices = inOrder(byRoom.get(room?.id ?? null) ?? [], format.locale);
    const units = devices.reduce((sum, device) => sum + (isTall(tileOf(device)) ? ROWS : 1), 0);
    return { id, room, devices, units };
  };
  const rooms = store.rooms.map((room) => section(room.id, room));
  return byRoom.has(null) ? [...rooms, section('', null)] : rooms;
}

/** How many columns of tiles fit. */
export function columnsOf(width: number): number {
  return Math.max(1, Math.floor((width + GAP) / (TILE_MIN + GAP)));
}

/** Columns for a section: about two rows of tiles, and at most the page. */
export function spanOf(section: Section, columns: number): number {
  const wanted = Math.max(2, Math.ceil(section.units / ROWS));
  // One left-over column at the end of the page would stay empty.
  const span = Math.min(columns, wanted);
  return columns - span === 1 ? columns : span;
}

/** What a room's heading tells: its climate, lights that are on, what is open. */
export function summary(devices: Device[]): { temperature: Device | null; lightsOn: Device[]; open: number } {
  let temperature: Device | null = null;
  const lightsOn: Device[] = [];
  let open = 0;
  for (const device of devices) {
    if (device.kind === 'light' && asOn(device.at('state')?.shown)) lightsOn.push(device);
    if (device.kind === 'sensor' && asOn(device.at('open')?.state.value)) open += 1;
    const measured = device.at('temperature');
    if (
      measured &&
      asNumber(measured.state.value) !== null &&
      (temperature === null || device.kind === 'sensor')
    ) {
      temperature = device;
    }
  }
  return { temperature, lightsOn, open };
}

/** The house in one line: how warm it is inside, which lights are on, what is open. */
export function oneLine(devices: Device[]): string {
  const inside: number[] = [];
  let unit: string | null = null;
  for (const device of devices) {
    const measured = device.room !== null && device.online ? device.at('temperature') : undefined;
    const value = measured?.state.freshness === 'known' ? asNumber(measured.state.value) : null;
    if (value === null || !measured || !['sensor', 'thermostat'].includes(device.kind)) continue;
    inside.push(value);
    unit = measured.view.unit;
  }
  inside.sort((a, b) => a - b);
  // The median: a fridge, a sauna or a sensor on the balcony must not count for more than it is.
  const median = inside[Math.floor(inside.length / 2)];
  const { lightsOn, open } = summary(devices);
  const parts = [
    median === undefined ? '' : m.home.inside(format.withUnit(median, unit)),
    lightsOn.length > 0 ? m.home.lightsOn(lightsOn.length) : '',
    open > 0 ? m.home.windowsOpen(open) : '',
  ];
  return parts.filter(Boolean).join(' · ');
}
