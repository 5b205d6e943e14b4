/** Picks the wire at run time: the same code runs in the window and in a browser. */
import { HttpTransport } from './http';
import { savedToken } from './token';
import type { Transport } from './transport';

export function isWindow(): boolean {
  return '__TAURI_INTERNALS__' in window;
}

export async function connect(): Promise<Transport> {
  if (!isWindow()) return new HttpTransport(savedToken);
  const { TauriTransport } = await import('./tauri');
  return new TauriTransport();
}
