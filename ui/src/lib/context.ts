/** What every component may ask for: the store, commands, the clock. Set once by App.svelte. */
import { createContext } from 'svelte';
import type { Clock } from './store/clock.svelte';
import type { Commands } from './store/command.svelte';
import type { HomeStore } from './store/home.svelte';
import type { Overlay } from './store/overlay.svelte';
import type { Sparklines } from './store/sparklines.svelte';
import type { Toasts } from './store/toasts.svelte';

export interface Lares {
  store: HomeStore;
  commands: Commands;
  clock: Clock;
  sparklines: Sparklines;
  toasts: Toasts;
  overlay: Overlay;
}

export const [useLares, provideLares] = createContext<Lares>();
