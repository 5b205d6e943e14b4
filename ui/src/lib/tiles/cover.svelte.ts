/** A blind: how far it is open, and open, stop, close. */
import type { Commands } from '../store/command.svelte';
import type { Device, Property } from '../store/device.svelte';
import { m } from '../text';
import * as format from '../text/format';
import { sentence } from '../text/words';
import { asNumber, fit } from '../values';

export type CoverMove = 'open' | 'stop' | 'close';

/** The token of a wish that was not sent. */
const PREVIEW = -1;

export class Cover {
  constructor(
    private readonly get: () => Device,
    private readonly commands: Commands,
  ) {}

  get device(): Device {
    return this.get();
  }
  get setting(): Property | undefined {
    return this.device.at('position');
  }
  get property(): Property | undefined {
    return this.setting ?? this.device.at('movement') ?? this.device.at('state');
  }

  /** Percent open: the position, else what the last movement leads to; null when unknown. */
  get openness(): number | null {
    const position = asNumber(this.setting?.shown);
    if (position !== null) return position;
    const word = String(this.property?.shown ?? '').toLowerCase();
    if (/^(open|up|opening)/.test(word)) return 100;
    if (/^(close|down)/.test(word)) return 0;
    return null;
  }

  get word(): string {
    const open = this.openness;
    if (open === null) {
      const shown = this.property?.shown;
      return typeof shown === 'string' ? sentence(shown) : m.common.unknown;
    }
    if (open <= 0) return format.value({ type: 'binary' }, false, 'open');
    if (open >= 100) return format.value({ type: 'binary' }, true, 'open');
    return m.tile.opened(format.withUnit(open, '%'));
  }

  can(move: CoverMove): boolean {
    return (
      this.device.online &&
      (this.hasAction(move) || (move !== 'stop' && this.setting?.view.writable === true))
    );
  }

  move(move: CoverMove): void {
    if (this.hasAction(move)) void this.commands.invoke(this.device, move);
    else if (this.setting) void this.commands.set(this.device, this.setting, move === 'open' ? 100 : 0);
  }

  aim(percent: number, last: boolean): void {
    const setting = this.setting;
    if (!setting?.view.writable) return;
    const value = fit({ min: setting.view.min ?? 0, max: setting.view.max ?? 100, step: 1 }, percent);
    // A motor cannot follow a finger: it is sent where the finger ends.
    if (last) void this.commands.set(this.device, setting, value);
    else setting.wish = { value, token: PREVIEW };
  }

  /** The finger was lost: what it pointed at is not wished for. */
  letGo(): void {
    if (this.setting?.wish?.token === PREVIEW) this.setting.wish = null;
  }

  private hasAction(name: string): boolean {
    return this.device.actions.some((action) => action.name === name);
  }
}
