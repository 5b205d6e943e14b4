/** Values in their bare form: comparing, reading as numbers and switches, colours. Knows nothing of devices' meaning. */
import type { PropertyView } from './api/generated';

export interface Color {
  hue: number;
  saturation: number;
}

export function asNumber(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** On, for switches and binaries; null when unknown. */
export function asOn(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value;
  if (value === 'on') return true;
  if (value === 'off') return false;
  return null;
}

export function asColor(value: unknown): Color | null {
  if (typeof value !== 'object' || value === null) return null;
  const { hue, saturation } = value as Partial<Color>;
  return typeof hue === 'number' && typeof saturation === 'number' ? { hue, saturation } : null;
}

/**
 * Whether a report fulfils a wish. Radios round: brightness to 254 steps, colour temperature to whole mireds. The
 * tolerance is that of `PropertyDescription::tolerance` in lares-model.
 */
export function same(
  view: Pick<PropertyView, 'type' | 'unit' | 'step' | 'min' | 'max'>,
  a: unknown,
  b: unknown,
): boolean {
  if (view.type === 'number' && typeof a === 'number' && typeof b === 'number') {
    const span = (view.max ?? 0) - (view.min ?? 0);
    const rounding = view.unit === '%' ? 0.5 : view.unit === 'K' ? 45 : span > 0 ? span / 508 : 0;
    const step = view.step === undefined ? 0 : view.step * 0.51;
    return Math.abs(a - b) <= Math.max(rounding, step) + 1e-9;
  }
  if (view.type === 'color') {
    const [x, y] = [asColor(a), asColor(b)];
    if (!x || !y) return false;
    const turn = Math.abs(x.hue - y.hue) % 360;
    return Math.min(turn, 360 - turn) <= 6 && Math.abs(x.saturation - y.saturation) <= 4;
  }
  return equal(a, b);
}

/** Deep equality of JSON values. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [x, y] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const keys = Object.keys(x);
  return keys.length === Object.keys(y).length && keys.every((key) => key in y && equal(x[key], y[key]));
}

/** Rounds to the property's step and clamps to its range. */
export function fit(view: Pick<PropertyView, 'min' | 'max' | 'step'>, value: number): number {
  const step = view.step && view.step > 0 ? view.step : 0;
  const from = view.min ?? 0;
  const stepped = step ? from + Math.round((value - from) / step) * step : value;
  const clamped = Math.min(view.max ?? Infinity, Math.max(view.min ?? -Infinity, stepped));
  // 0.1 + 0.2 must not reach the screen or the radio.
  return Number(clamped.toFixed(6));
}

/** CSS colour of a light's hue and saturation. */
export function cssOfColor({ hue, saturation }: Color): string {
  return `hsl(${hue.toFixed(0)} ${Math.max(0, Math.min(100, saturation)).toFixed(0)}% ${(94 - saturation * 0.44).toFixed(0)}%)`;
}

/** CSS colour of white light, after Tanner Helland's fit of the black body curve. */
export function cssOfKelvin(kelvin: number): string {
  const t = Math.max(1000, Math.min(12000, kelvin)) / 100;
  const red = t <= 66 ? 255 : 329.7 * (t - 60) ** -0.1332;
  const green = t <= 66 ? 99.47 * Math.log(t) - 161.1 : 288.1 * (t - 60) ** -0.0755;
  const blue = t >= 66 ? 255 : t <= 19 ? 0 : 138.5 * Math.log(t - 10) - 305;
  const byte = (x: number): number => Math.round(Math.max(0, Math.min(255, x)));
  return `rgb(${byte(red)} ${byte(green)} ${byte(blue)})`;
}
