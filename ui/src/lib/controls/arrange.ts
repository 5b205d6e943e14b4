/** Which of a device's properties stand where on its page. */
import type { Device, Property } from '../store/device.svelte';

export function ofCategory(device: Device, category: string): Property[] {
  return [...device.properties.values()].filter((property) => property.view.category === category);
}

/** The main properties, those that can be commanded first. */
export function quick(device: Device): Property[] {
  const main = ofCategory(device, 'main');
  return [
    ...main.filter((property) => property.view.writable),
    ...main.filter((property) => !property.view.writable),
  ];
}

/** Properties whose history makes a chart, most telling first. */
export function charted(device: Device): Property[] {
  const able = (property: Property): boolean =>
    property.view.readable && ['number', 'switch', 'binary', 'enum'].includes(property.view.type);
  const rank = (property: Property): number =>
    (property.view.category === 'main' ? 0 : property.view.category === 'diagnostic' ? 4 : 8) +
    (property.view.type === 'number' ? 0 : 1);
  return [...device.properties.values()].filter(able).sort((a, b) => rank(a) - rank(b));
}
