/** A small rule to copy, about devices that are really there. */
import type { Device } from '../lib/store/device.svelte';

export function exampleRule(devices: Device[]): string {
  const motion = devices.find((device) => device.at('motion'))?.id ?? 'hall_motion';
  const light = devices.find((device) => device.kind === 'light' && device.at('state'))?.id ?? 'hall_light';
  return [
    'rules:',
    '  - name: Light on motion',
    `    while: ${motion}.motion`,
    '    linger: 3m',
    '    hold:',
    `      ${light}: { state: on }`,
    '',
  ].join('\n');
}
