/** How charts look: uPlot's options from the tokens. */
import type uPlot from 'uplot';
import type { Property } from '../store/device.svelte';
import * as format from '../text/format';

export interface ChartTokens {
  text: string;
  muted: string;
  hairline: string;
  line: string;
  band: string;
  font: string;
}

const HEIGHT = 220;
const DAY_S = 86_400;

/** The colours in force, as a canvas needs them. */
export function tokens(element: Element): ChartTokens {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  return {
    text: token('--text'),
    muted: token('--muted'),
    hairline: token('--hairline'),
    line: token('--accent-text'),
    band: `${token('--accent')}40`,
    font: `12px ${token('--font')}`,
  };
}

/** Series: time, max, min, mean; the band lies between max and min. */
export function options(
  property: Property,
  [from, to]: [number, number],
  width: number,
  look: ChartTokens,
  paths: uPlot.Series.PathBuilder | undefined,
): uPlot.Options {
  const long = to - from > 2 * DAY_S;
  const { unit, step } = property.view;
  const value = (amount: number): string => format.withUnit(amount, unit, step);
  return {
    width,
    height: HEIGHT,
    padding: [8, 4, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { size: 8 }, drag: { x: false, y: false } },
    scales: { x: { time: true, range: [from, to] }, y: { range: (_, low, high) => margin(low, high) } },
    axes: [
      {
        stroke: look.muted,
        font: look.font,
        grid: { show: false },
        ticks: { show: false },
        space: 70,
        values: (_, splits) => splits.map((t) => (long ? shortDay(t) : format.clock(t * 1000))),
      },
      {
        stroke: look.muted,
        font: look.font,
        grid: { stroke: look.hairline, width: 1 },
        ticks: { show: false },
        size: 56,
        values: (_, splits) =>
          splits.map((amount) => format.number(amount, unit === 'W' ? null : unit, step)),
      },
    ],
    series: [
      {},
      { stroke: 'transparent', points: { show: false }, paths },
      { stroke: 'transparent', points: { show: false }, paths },
      { stroke: look.line, width: 2, points: { show: false }, paths },
    ],
    bands: [{ series: [1, 2], fill: look.band }],
    plugins: [reader(value)],
  };
}

function shortDay(t: number): string {
  return new Intl.DateTimeFormat(format.locale, { day: 'numeric', month: 'short' }).format(
    new Date(t * 1000),
  );
}

/** Air above and below; a flat line stands in the middle. */
function margin(low: number, high: number): [number, number] {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  const span = Math.max(high - low, Math.abs(high) * 0.02, 0.5);
  const middle = (low + high) / 2;
  return [Math.min(low, middle - span / 2) - span * 0.08, Math.max(high, middle + span / 2) + span * 0.08];
}

/** The value under the pointer, in words, in the corner. */
function reader(value: (amount: number) => string): uPlot.Plugin {
  const label = document.createElement('div');
  label.className = 'chart-reader';
  return {
    hooks: {
      init: (chart) => chart.over.append(label),
      setCursor: (chart) => {
        const index = chart.cursor.idx;
        const amount = index === null || index === undefined ? null : chart.data[3]?.[index];
        if (index === null || index === undefined || amount === null || amount === undefined) {
          label.textContent = '';
          return;
        }
        const [low, high] = [chart.data[2]?.[index] ?? amount, chart.data[1]?.[index] ?? amount];
        const spread = high - low > 1e-9 ? ` (${value(low)} – ${value(high)})` : '';
        label.textContent = `${format.moment((chart.data[0][index] ?? 0) * 1000, Date.now())} · ${value(amount)}${spread}`;
      },
    },
  };
}
