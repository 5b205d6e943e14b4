/** Series as the charts want them: numbers over time, made of samples or of min/max buckets. */
import type { PointView } from '../api/generated';
import { asNumber, asOn } from '../values';

export interface Sample {
  /** ms since the epoch. */
  t: number;
  /** The value, or the mean of a bucket; null where it is unknown. */
  mean: number | null;
  min: number | null;
  max: number | null;
}

/** Switches and binaries become 1 and 0; what is no number becomes a gap. */
export function samplesOf(points: PointView[]): Sample[] {
  return points.map((point) => {
    const t = Date.parse(point.t);
    if ('n' in point) return { t, mean: point.mean, min: point.min, max: point.max };
    const on = asOn(point.value);
    const value = on === null ? asNumber(point.value) : on ? 1 : 0;
    return { t, mean: value, min: value, max: value };
  });
}

export type Trend = 'rising' | 'falling' | 'steady';

const HOUR_MS = 3_600_000;

/**
 * Where a value is heading: now against an hour ago, counted as movement only when it is more than the unit's noise.
 * Null when less than half an hour is known.
 */
export function trendOf(samples: Sample[], now: number, current: number, unit: string | null): Trend | null {
  let before: number | null = null;
  for (const sample of samples) if (sample.t <= now - HOUR_MS && sample.mean !== null) before = sample.mean;
  if (before === null) {
    const first = samples.find((sample) => sample.mean !== null);
    if (!first || now - first.t < HOUR_MS / 2) return null;
    before = first.mean;
  }
  if (before === null) return null;
  const noise = NOISE[unit ?? ''] ?? Math.max(Math.abs(current), Math.abs(before)) * 0.03;
  const difference = current - before;
  return Math.abs(difference) < noise ? 'steady' : difference > 0 ? 'rising' : 'falling';
}

const NOISE: Record<string, number> = { '°C': 0.3, '°F': 0.5, '%': 2, hPa: 0.7, ppm: 40 };

/** Stretches of time during which a state held. */
export interface Span {
  from: number;
  to: number;
  value: unknown;
}

export function spansOf(points: PointView[], to: number): Span[] {
  const spans: Span[] = [];
  for (const point of points) {
    const from = Date.parse(point.t);
    const value = 'n' in point ? point.mean > 0.5 : point.value;
    const last = spans.at(-1);
    if (last && last.value === value) continue;
    if (last) last.to = from;
    spans.push({ from, to, value });
  }
  return spans.filter((span) => span.to > span.from);
}
