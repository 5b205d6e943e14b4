/** Numbers, units and times in the reader's locale and the home's time zone. */
import type { FieldView, ShapeView } from '../api/generated';
import { asColor, asNumber, asOn } from '../values';
import { binaryWord, sentence, switchWord } from './words';
import { m } from '.';

/** The reader's locale. `navigator.language` is "C" under some locales, which Intl refuses. */
export function localeOf(languages: readonly string[]): string {
  for (const language of languages) {
    try {
      const [found] = Intl.getCanonicalLocales(language);
      if (found && Intl.DateTimeFormat.supportedLocalesOf(found).length > 0) return found;
    } catch {
      // Not a language tag.
    }
  }
  return 'en-GB';
}

export const locale: string = localeOf(typeof navigator === 'undefined' ? [] : (navigator.languages ?? []));

/** Most digits after the point, by unit: what a sensor means, not what its converter computes. */
const DIGITS: Record<string, number> = {
  '°C': 1, '°F': 1, '%': 0, K: 0, lx: 0, hPa: 0, Pa: 0, ppm: 0, ppb: 0, 'µg/m³': 0, dB: 0, dBm: 0, kWh: 2, Wh: 0, V: 1, A: 2, mA: 0, Hz: 1, 'm³': 2, s: 0,
}; // prettier-ignore

const numberFormats = new Map<string, Intl.NumberFormat>();

function numberFormat(least: number, most: number): Intl.NumberFormat {
  const key = `${least}-${most}`;
  let format = numberFormats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(locale, { minimumFractionDigits: least, maximumFractionDigits: most });
    numberFormats.set(key, format);
  }
  return format;
}

/** Digits after the point for this unit, step and size. */
function digitsOf(
  value: number,
  unit: string | null,
  step: number | undefined,
): [least: number, most: number] {
  if (unit === 'W') return Math.abs(value) < 10 && value !== 0 ? [1, 1] : [0, 0];
  if (unit !== null && unit in DIGITS) {
    const digits = DIGITS[unit] ?? 0;
    // Temperatures keep their place when they pass a whole degree; the rest may be shorter.
    return unit === '°C' || unit === '°F' ? [digits, digits] : [0, digits];
  }
  if (step !== undefined && step > 0 && step < 1) return [0, Math.min(3, Math.ceil(-Math.log10(step)))];
  return [0, Math.abs(value) >= 100 ? 0 : 2];
}

export function number(value: number, unit: string | null = null, step?: number): string {
  const [least, most] = digitsOf(value, unit, step);
  // −0.04 °C rounds to "−0.0", which nobody wants to read.
  const rounded = Number(value.toFixed(most));
  return numberFormat(least, most).format(rounded === 0 ? 0 : rounded);
}

export function withUnit(value: number, unit: string | null, step?: number): string {
  const text = number(value, unit, step);
  return unit === null || unit === '' ? text : unit === '°' ? text + unit : `${text} ${unit}`;
}

type Shape = Pick<ShapeView, 'type'> & Partial<ShapeView> & { unit?: string | null };

/** Any value in one line. `base` is the property's name without endpoint, for words such as Open and Closed. */
export function value(shape: Shape, raw: unknown, base = ''): string {
  if (raw === null || raw === undefined) return m.common.unknown;
  switch (shape.type) {
    case 'binary': {
      const on = asOn(raw);
      return on === null ? String(raw) : binaryWord(base, on);
    }
    case 'switch': {
      const on = asOn(raw);
      return on === null ? String(raw) : switchWord(base, on);
    }
    case 'number': {
      const n = asNumber(raw);
      return n === null ? String(raw) : withUnit(n, shape.unit ?? null, shape.step);
    }
    case 'enum':
    case 'event':
      return sentence(String(raw)) || '–';
    case 'color': {
      const color = asColor(raw);
      return color ? `${number(color.hue)}°, ${number(color.saturation)} %` : plain(raw);
    }
    case 'composite':
      return composite(shape.fields ?? [], raw);
    case 'list':
      return list(shape, raw);
    default:
      return plain(raw);
  }
}

function composite(fields: FieldView[], raw: unknown): string {
  if (typeof raw !== 'object' || raw === null) return plain(raw);
  const parts = Object.entries(raw).map(([name, part]) => {
    const field = fields.find((candidate) => candidate.name === name);
    return `${field?.label || sentence(name)} ${field ? value(field, part, name) : plain(part)}`;
  });
  return parts.join(', ') || m.device.empty;
}

function list(shape: Shape, raw: unknown): string {
  if (!Array.isArray(raw)) return plain(raw);
  if (raw.length === 0) return m.device.empty;
  const shown = raw.slice(0, 5).map((item) => (shape.item ? value(shape.item, item) : plain(item)));
  return shown.join(' · ') + (raw.length > 5 ? ` · +${raw.length - 5}` : '');
}

function plain(raw: unknown): string {
  return typeof raw === 'string' ? raw : JSON.stringify(raw);
}

// Times. The home's time zone is the one that rules mean, so it is the one that is shown.

let timeZone: string | undefined;
const dateFormats = new Map<string, Intl.DateTimeFormat>();

/** Takes the home's time zone; one that this browser does not know leaves the reader's own. */
export function useTimeZone(zone: string): void {
  try {
    new Intl.DateTimeFormat(locale, { timeZone: zone });
    timeZone = zone;
  } catch {
    timeZone = undefined;
  }
  dateFormats.clear();
}

function dateFormat(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  let format = dateFormats.get(name);
  if (!format) {
    format = new Intl.DateTimeFormat(locale, timeZone ? { ...options, timeZone } : options);
    dateFormats.set(name, format);
  }
  return format;
}

export function clock(at: number | string): string {
  return dateFormat('clock', { hour: '2-digit', minute: '2-digit' }).format(new Date(at));
}

export function clockSeconds(at: number | string): string {
  return dateFormat('seconds', { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(
    new Date(at),
  );
}

/** The calendar day in the home's zone, for comparing. */
export function dayKey(at: number | string): string {
  return dateFormat('key', { year: 'numeric', month: '2-digit', day: '2-digit' }).format(new Date(at));
}

export function day(at: number | string, now: number): string {
  if (dayKey(at) === dayKey(now)) return m.journal.today;
  if (dayKey(at) === dayKey(now - 86_400_000)) return m.journal.yesterday;
  return dateFormat('day', { weekday: 'long', day: 'numeric', month: 'long' }).format(new Date(at));
}

/** The clock time today, else with the day. */
export function moment(at: number | string, now: number): string {
  if (dayKey(at) === dayKey(now)) return clock(at);
  return dateFormat('moment', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  }).format(new Date(at));
}

const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' });

/** As `moment`, but the clock time alone when it is less than a day away: there it can mean nothing else. */
export function soon(at: number | string, now: number): string {
  return Math.abs(new Date(at).getTime() - now) < 86_400_000 ? clock(at) : moment(at, now);
}

/** "2 min ago". */
export function age(at: number | string, now: number): string {
  const seconds = (now - new Date(at).getTime()) / 1000;
  if (seconds < 10) return m.common.now;
  if (seconds < 60) return relative.format(-Math.round(seconds), 'second');
  if (seconds < 3600) return relative.format(-Math.round(seconds / 60), 'minute');
  if (seconds < 86_400) return relative.format(-Math.round(seconds / 3600), 'hour');
  return relative.format(-Math.round(seconds / 86_400), 'day');
}

/** "3:07". */
export function countdown(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
