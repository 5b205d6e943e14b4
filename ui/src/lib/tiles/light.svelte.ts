/** A lamp: toggle, brightness as a fill, its colour. */
import type { Commands } from '../store/command.svelte';
import type { Device, Property } from '../store/device.svelte';
import { asColor, asNumber, asOn, cssOfColor, cssOfKelvin, fit } from '../values';

export class Light {
  private restored = $state<number | null>(null);

  constructor(
    private readonly get: () => Device,
    private readonly commands: Commands,
  ) {}

  get device(): Device {
    return this.get();
  }
  get state(): Property | undefined {
    return this.device.at('state');
  }
  get brightness(): Property | undefined {
    return this.device.at('brightness');
  }

  get on(): boolean {
    const state = this.state;
    if (state) return asOn(state.shown) === true;
    return (asNumber(this.brightness?.shown) ?? 0) > 0;
  }

  /** Percent of the tile that is filled. */
  get level(): number {
    if (!this.on) return 0;
    return this.brightness ? (asNumber(this.brightness.shown) ?? 100) : 100;
  }

  /** The colour of its light, as CSS. */
  get css(): string {
    const mode = this.device.at('color_mode')?.shown;
    const color = asColor(this.device.at('color')?.shown);
    const kelvin = asNumber(this.device.at('color_temperature')?.shown);
    const white = typeof mode === 'string' && mode.startsWith('color_temp');
    if (color && !white && (color.saturation > 5 || kelvin === null)) return cssOfColor(color);
    return kelvin === null ? 'rgb(255 190 92)' : cssOfKelvin(kelvin);
  }

  toggle(): void {
    const on = !this.on;
    if (this.state) void this.commands.set(this.device, this.state, on ? 'on' : 'off');
    else if (this.brightness)
      void this.commands.set(this.device, this.brightness, on ? (this.restored ?? 100) : 0);
  }

  /** Moves the fill; at nothing the lamp goes off. */
  dim(percent: number, last: boolean): void {
    const { brightness, state } = this;
    if (!brightness) return;
    const level = fit({ min: 0, max: 100, step: 1 }, percent);
    this.restored = level > 0 ? level : this.restored;
    if (state && level === 0) {
      if (last) void this.commands.set(this.device, state, 'off');
      return;
    }
    const values: [Property, unknown][] = [[brightness, level]];
    if (state && !this.on) values.push([state, 'on']);
    this.commands.drag(this.device, values, last);
  }
}
