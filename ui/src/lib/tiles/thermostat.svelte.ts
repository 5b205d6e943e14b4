/** A thermostat: present and target temperature, mode, and what it does now. */
import type { Tone } from '../meaning';
import type { Commands } from '../store/command.svelte';
import type { Device, Property } from '../store/device.svelte';
import { sentence } from '../text/words';
import { asNumber, fit } from '../values';

const MIN = 5;
const MAX = 30;
const STEP = 0.5;

export class Thermostat {
  constructor(
    private readonly get: () => Device,
    private readonly commands: Commands,
  ) {}

  get device(): Device {
    return this.get();
  }
  get setting(): Property | undefined {
    return this.device.at('target_temperature');
  }
  get mode(): Property | undefined {
    return this.device.at('hvac_mode') ?? this.device.at('preset');
  }
  get min(): number {
    return this.setting?.view.min ?? MIN;
  }
  get max(): number {
    return Math.max(this.min + 1, this.setting?.view.max ?? MAX);
  }
  get step(): number {
    return this.setting?.view.step || STEP;
  }
  get unit(): string | null {
    return this.setting?.view.unit ?? '°C';
  }
  get target(): number | null {
    return asNumber(this.setting?.shown);
  }
  get present(): number | null {
    return asNumber(this.device.at('temperature')?.shown);
  }
  get off(): boolean {
    return this.device.at('hvac_mode')?.shown === 'off';
  }

  /** The colour of what it does now. */
  get tone(): Tone {
    const action = String(this.device.at('hvac_action')?.shown ?? '');
    if (/heat/.test(action)) return 'heating';
    if (/cool/.test(action)) return 'cooling';
    return 'unknown';
  }

  get doing(): string {
    const action = this.device.at('hvac_action')?.shown;
    if (typeof action === 'string') return sentence(action);
    const mode = this.device.at('hvac_mode')?.shown;
    return typeof mode === 'string' ? sentence(mode) : '';
  }

  get writable(): boolean {
    return this.setting?.view.writable === true && this.device.online;
  }

  aim(target: number, last: boolean): void {
    if (this.setting) this.commands.drag(this.device, [[this.setting, target]], last);
  }

  nudge(steps: number): void {
    const from = this.target ?? this.present ?? 20;
    this.aim(fit({ min: this.min, max: this.max, step: this.step }, from + steps * this.step), true);
  }
}
