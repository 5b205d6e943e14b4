/** Words for values: what `true` means for a leak sensor, and how an enum's word reads. */
import { m } from '.';

/** A word of an enum, as people read it: `fan_only` → "Fan only". */
export function sentence(word: string): string {
  const known = m.words.enums[word];
  if (known) return known;
  const spaced = word.replace(/[_-]+/g, ' ').trim();
  // Words that are already written for people (`Low Power`, `WiFi`) keep their capitals.
  return spaced === '' ? word : spaced.charAt(0).toLocaleUpperCase() + spaced.slice(1);
}

export function binaryWord(base: string, on: boolean): string {
  const [yes, no] = m.words.binaries[base] ?? m.words.switches[base] ?? [m.common.yes, m.common.no];
  return on ? yes : no;
}

export function switchWord(base: string, on: boolean): string {
  const [yes, no] = m.words.switches[base] ?? [m.common.on, m.common.off];
  return on ? yes : no;
}
