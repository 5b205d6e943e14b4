/** What lies over the page: one device's quick controls, or the palette. At most one at a time. */
import type { Device } from './device.svelte';

export class Overlay {
  device = $state.raw<Device | null>(null);
  palette = $state(false);

  openDevice(device: Device): void {
    this.palette = false;
    this.device = device;
  }

  openPalette(): void {
    this.device = null;
    this.palette = true;
  }

  close(): void {
    this.device = null;
    this.palette = false;
  }
}
