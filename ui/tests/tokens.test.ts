import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cssOfColor, cssOfKelvin } from '../src/lib/values';

const css = readFileSync(join(import.meta.dirname, '../src/style/tokens.css'), 'utf8');

function themeOf(selector: string): Record<string, string> {
  const start = css.indexOf(`${selector} {`);
  const block = css.slice(start, css.indexOf('}', start));
  return Object.fromEntries(
    [...block.matchAll(/--([\w-]+):\s*([^;]+);/g)].map((match) => [match[1] ?? '', match[2] ?? '']),
  );
}

const light = themeOf(':root');
const themes = { light, dark: { ...light, ...themeOf(":root[data-theme='dark']") } };

type Rgb = [number, number, number];

function rgb(hex: string): Rgb {
  const number = Number.parseInt(hex.slice(1, 7), 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}

/** `over` at this opacity on `under`. */
function mix(over: Rgb, under: Rgb, opacity: number): Rgb {
  return over.map((part, index) => part * opacity + (under[index] ?? 0) * (1 - opacity)) as Rgb;
}

function luminance(color: Rgb): number {
  const [r, g, b] = color.map((part) => {
    const value = part / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: Rgb, b: Rgb): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** hsl(h s% l%) or rgb(r g b), as values.ts writes them. */
function parse(text: string): Rgb {
  const [a = 0, b = 0, c = 0] = [...text.matchAll(/[\d.]+/g)].map((match) => Number(match[0]));
  if (text.startsWith('rgb')) return [a, b, c];
  const [s, l] = [b / 100, c / 100];
  const channel = (n: number): number => {
    const k = (n + a / 30) % 12;
    return 255 * (l - s * Math.min(l, 1 - l) * Math.max(-1, Math.min(k - 3, 9 - k, 1)));
  };
  return [channel(0), channel(8), channel(4)];
}

const AA = 4.5;
const AA_GRAPHIC = 3;
const TEXTS = [
  'text',
  'muted',
  'accent-text',
  'active-text',
  'heating-text',
  'cooling-text',
  'good-text',
  'danger-text',
  'unknown-text',
];

describe.each(Object.entries(themes))('in %s', (_, tokens) => {
  const color = (name: string): Rgb => rgb(tokens[name] ?? '#ff00ff');
  const percent = (name: string): number => Number.parseFloat(tokens[name] ?? '') / 100;

  test.each(TEXTS.flatMap((text) => ['ground', 'surface', 'inset'].map((ground) => [text, ground])))(
    '%s on %s reaches AA',
    (text, ground) => {
      expect(contrast(color(text ?? ''), color(ground ?? ''))).toBeGreaterThanOrEqual(AA);
    },
  );

  test.each([
    ['on-accent', 'accent'],
    ['on-danger', 'danger'],
    ['danger-text', 'danger-ground'],
    ['text', 'danger-ground'],
    ['muted', 'danger-ground'],
    ['text', 'warn-ground'],
    ['muted', 'warn-ground'],
    ['accent-text', 'warn-ground'],
    ['ground', 'text'],
  ])('%s on %s reaches AA', (text, ground) => {
    expect(contrast(color(text), color(ground))).toBeGreaterThanOrEqual(AA);
  });

  test.each(['ground', 'surface', 'inset'])('the edge of a control stands out from %s', (ground) => {
    expect(contrast(color('control-edge'), color(ground))).toBeGreaterThanOrEqual(AA_GRAPHIC);
  });

  test.each(['active', 'heating', 'cooling', 'good', 'unknown'])(
    'the icon of %s stands out from its round',
    (tone) => {
      const round = mix(color(tone), color('surface'), percent('tint'));
      expect(contrast(color(`${tone}-text`), round)).toBeGreaterThanOrEqual(AA_GRAPHIC);
    },
  );

  test('words can be read on a lamp’s fill in every colour', () => {
    const hues = Array.from({ length: 36 }, (_, index) => index * 10);
    const fills = [
      ...hues.flatMap((hue) => [20, 60, 100].map((saturation) => cssOfColor({ hue, saturation }))),
      ...[1000, 2200, 2700, 4000, 6500].map(cssOfKelvin),
    ];
    const opacity = percent('light-tint');
    for (const fill of fills) {
      const ground = mix(parse(fill), color('surface'), opacity);
      // The second line is text at 86 % on such a tile.
      const line = mix(color('text'), ground, 0.86);
      expect(contrast(line, ground), fill).toBeGreaterThanOrEqual(AA);
      expect(
        contrast(color('active-text'), mix(parse(fill), ground, percent('tint'))),
        fill,
      ).toBeGreaterThanOrEqual(2);
    }
  });
});
