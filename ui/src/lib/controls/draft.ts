/** Values being edited: what a new item looks like, and reading fields back. */
import type { ShapeView } from '../api/generated';

/** A value of this shape to begin with. */
export function blank(shape: ShapeView): unknown {
  switch (shape.type) {
    case 'binary':
      return false;
    case 'switch':
      return 'off';
    case 'number':
      return shape.min ?? 0;
    case 'enum':
    case 'event':
      return shape.values?.[0] ?? '';
    case 'color':
      return { hue: 30, saturation: 80 };
    case 'composite':
      return Object.fromEntries((shape.fields ?? []).map((field) => [field.name, blank(field)]));
    case 'list':
      return [];
    default:
      return '';
  }
}

/** Why a draft does not fit its shape, or null. The hub checks again. */
export function misfit(shape: ShapeView, value: unknown): string | null {
  switch (shape.type) {
    case 'number': {
      if (typeof value !== 'number' || !Number.isFinite(value)) return 'number';
      if (shape.min !== undefined && value < shape.min) return 'range';
      if (shape.max !== undefined && value > shape.max) return 'range';
      return null;
    }
    case 'composite': {
      const record = (value ?? {}) as Record<string, unknown>;
      for (const field of shape.fields ?? []) {
        if (field.name in record && misfit(field, record[field.name]) !== null) return field.name;
      }
      return null;
    }
    case 'list':
      return Array.isArray(value) &&
        shape.item &&
        value.some((item) => misfit(shape.item as ShapeView, item) !== null)
        ? 'item'
        : null;
    default:
      return null;
  }
}
