/** Who holds a property, in words. */
import type { HeldView } from '../api/generated';
import { soon } from './format';
import { m } from '.';

/** How browsers that signed in by a link are called; whoever sits there is a person of this home. */
const BROWSER = /^browser \d/;

/** Who holds it, and until when: "Held by you until 14:05". */
export function heldWords({ by, until }: Pick<HeldView, 'by' | 'until'>, now: number): string {
  const who = by === 'You' || BROWSER.test(by) ? m.state.you : by;
  const held = by === 'by hand' ? m.state.heldByHand : m.state.heldBy(who);
  return until ? m.state.until(held, soon(until, now)) : held;
}
