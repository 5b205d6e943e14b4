/**
 * What devices mean to people: which tile shows a device, its icon and its colour, and which of its properties comes
 * first. Anything without a tile of its own gets the generic one; nothing is "unsupported".
 */
import * as icons from './icons';
import type { Device, Property } from './store/device.svelte';
import { asNumber, asOn } from './values';

export type TileKind =
  'light' | 'thermostat' | 'cover' | 'lock' | 'fan' | 'switch' | 'multi' | 'sensor' | 'button' | 'generic';

/** The colour of a tile's icon: a token of style/tokens.css. */
export type Tone = 'unknown' | 'active' | 'heating' | 'cooling' | 'good' | 'danger';

/** The order of tiles in a room, that of `DeviceKind::ALL` in lares-model. */
export const KINDS = [
  'light', 'thermostat', 'cover', 'switch', 'plug', 'fan', 'lock', 'valve', 'siren', 'sensor', 'button', 'presence', 'other',
]; // prettier-ignore

/** Parts that a person switches one by one: `state_left`, `state_right`. */
export function parts(device: Device): Property[] {
  return [...device.properties.values()].filter(
    (p) =>
      p.base === 'state' &&
      p.view.type === 'switch' &&
      p.view.category === 'main' &&
      p.view.endpoint !== null,
  );
}

export function tileOf(device: Device): TileKind {
  const switches = parts(device);
  if (switches.length > 1 || (switches.length === 1 && !device.at('state'))) return 'multi';
  switch (device.kind) {
    case 'light':
      return device.at('state') || device.at('brightness') ? 'light' : 'generic';
    case 'thermostat':
      return device.at('target_temperature') ? 'thermostat' : 'generic';
    case 'cover':
      return device.at('position') || device.at('movement') || device.actions.length > 0
        ? 'cover'
        : 'generic';
    case 'lock':
      return device.at('lock') ? 'lock' : 'generic';
    case 'fan':
      return device.at('state') || device.at('fan_mode') ? 'fan' : 'generic';
    case 'button':
      return event(device) ? 'button' : 'generic';
    case 'sensor':
    case 'presence':
      return main(device) ? 'sensor' : 'generic';
    default: {
      const state = device.at('state');
      if (state?.view.writable && asSwitch(state)) return 'switch';
      return 'generic';
    }
  }
}

function asSwitch(property: Property): boolean {
  return property.view.type === 'switch' || property.view.type === 'binary';
}

/** Tall tiles take two rows. */
export function isTall(kind: TileKind): boolean {
  return kind === 'thermostat' || kind === 'cover';
}

export function event(device: Device): Property | undefined {
  return [...device.properties.values()].find((property) => property.view.type === 'event');
}

/** What a sensor is for, most telling first. */
const TELLING = [
  'water_leak', 'smoke', 'gas', 'open', 'presence', 'motion', 'vibration', 'temperature', 'co2', 'pm25', 'voc', 'soil_moisture', 'humidity',
  'illuminance', 'pressure', 'noise', 'power', 'energy',
]; // prettier-ignore

function telling(property: Property): number {
  const place = TELLING.indexOf(property.base);
  if (place >= 0) return place;
  const plain = ['number', 'binary', 'enum', 'switch', 'text'].indexOf(property.view.type);
  return TELLING.length + (plain < 0 ? 9 : plain);
}

/** Main properties that say something, most telling first. */
export function mains(device: Device): Property[] {
  return [...device.properties.values()]
    .filter(
      (property) =>
        property.view.category === 'main' && property.view.readable && property.view.type !== 'event',
    )
    .map((property, index) => ({ property, index }))
    .sort((a, b) => telling(a.property) - telling(b.property) || a.index - b.index)
    .map(({ property }) => property);
}

export function main(device: Device): Property | undefined {
  return mains(device)[0];
}

/** Binaries that are bad when true. */
const ALARMS = new Set(['water_leak', 'smoke', 'gas', 'tamper', 'battery_low']);

export function isAlarm(base: string): boolean {
  return ALARMS.has(base);
}

/** The tone of a property's value. */
export function toneOf(property: Property): Tone {
  const on = asOn(property.shown);
  if (on === null) return 'unknown';
  if (ALARMS.has(property.base)) return on ? 'danger' : 'good';
  return on ? 'active' : 'unknown';
}

const KIND_ICONS: Record<string, string> = {
  light: icons.lightbulb, switch: icons.lightSwitch, plug: icons.plug, cover: icons.blinds, lock: icons.lock, thermostat: icons.thermostat, fan: icons.fan, valve: icons.valve, siren: icons.siren, sensor: icons.gauge, button: icons.button, presence: icons.person,
}; // prettier-ignore

const PROPERTY_ICONS: Record<string, string> = {
  temperature: icons.thermometer, device_temperature: icons.thermometer, humidity: icons.humidity, soil_moisture: icons.soil, motion: icons.motion, presence: icons.person, open: icons.doorClosed, water_leak: icons.leak, smoke: icons.smoke, gas: icons.gas, vibration: icons.vibrate,
  illuminance: icons.sun, pressure: icons.gauge, co2: icons.co2, pm25: icons.air, voc: icons.air, noise: icons.noise, power: icons.flash, energy: icons.flash, battery: icons.battery,
}; // prettier-ignore

export function iconOf(device: Device): string {
  const kind = tileOf(device);
  if (kind === 'sensor') {
    const first = main(device);
    if (first) return iconOfProperty(first);
  }
  return KIND_ICONS[device.kind] ?? icons.generic;
}

export function iconOfProperty(property: Property): string {
  if (property.base === 'open' && asOn(property.shown)) return icons.doorOpen;
  return PROPERTY_ICONS[property.base] ?? icons.gauge;
}

/** Percent below which a battery needs attention. */
const BATTERY_LOW = 15;

export function isBatteryLow(device: Device): boolean {
  const low = device.at('battery_low');
  if (low && asOn(low.state.value)) return true;
  const level = device.at('battery');
  const percent = level && level.view.unit === '%' ? asNumber(level.state.value) : null;
  return percent !== null && percent < BATTERY_LOW;
}

/** Mains stand first by kind, then by name. */
export function inOrder(devices: Device[], locale: string): Device[] {
  const collator = new Intl.Collator(locale, { numeric: true });
  const rank = (device: Device): number => {
    const place = KINDS.indexOf(device.kind);
    return place < 0 ? KINDS.length : place;
  };
  return [...devices].sort((a, b) => rank(a) - rank(b) || collator.compare(a.name, b.name));
}
