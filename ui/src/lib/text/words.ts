/** Words for values: what `true` means for a leak sensor, and how an enum's word reads. */

/** Enum words that do not read well when merely put into sentence case. */
const WORDS: Record<string, string> = {
  heat_cool: 'Heat or cool',
  fan_only: 'Fan only',
  auto: 'Automatic',
  dry: 'Dry',
  color_temp: 'White',
  hs: 'Colour',
  xy: 'Colour',
  not_fully_locked: 'Not fully locked',
};

const BINARY: Record<string, [on: string, off: string]> = {
  motion: ['Motion', 'No motion'],
  presence: ['Present', 'Nobody'],
  open: ['Open', 'Closed'],
  water_leak: ['Leak', 'Dry'],
  smoke: ['Smoke', 'No smoke'],
  gas: ['Gas', 'No gas'],
  vibration: ['Vibration', 'Still'],
  tamper: ['Tampered with', 'Untouched'],
  battery_low: ['Low', 'Good'],
};

const SWITCH: Record<string, [on: string, off: string]> = { lock: ['Locked', 'Unlocked'] };

/** A word of an enum, as people read it: `fan_only` → "Fan only". */
export function sentence(word: string): string {
  const known = WORDS[word];
  if (known) return known;
  const spaced = word.replace(/[_-]+/g, ' ').trim();
  // Words that are already written for people (`Low Power`, `WiFi`) keep their capitals.
  return spaced === '' ? word : spaced.charAt(0).toLocaleUpperCase() + spaced.slice(1);
}

export function binaryWord(base: string, on: boolean): string {
  const [yes, no] = BINARY[base] ?? SWITCH[base] ?? (on ? ['Yes', 'Yes'] : ['No', 'No']);
  return on ? yes : no;
}

export function switchWord(base: string, on: boolean): string {
  const [yes, no] = SWITCH[base] ?? ['On', 'Off'];
  return on ? yes : no;
}
