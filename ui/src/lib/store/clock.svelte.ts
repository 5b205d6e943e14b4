/** The hub's clock as a signal: coarse for ages, fine for countdowns. One timer each, however many readers. */
import type { HomeStore } from './home.svelte';

const COARSE_MS = 10_000;

export class Clock {
  /** The hub's time, ms, renewed every 10 s. */
  coarse = $state(Date.now());
  /** The hub's time, ms, renewed every second while somebody counts down. */
  fine = $state(Date.now());
  private readers = 0;
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly store: HomeStore) {}

  start(): () => void {
    const tick = (): void => {
      this.coarse = this.store.now();
    };
    tick();
    const timer = setInterval(tick, COARSE_MS);
    return () => clearInterval(timer);
  }

  /** Call in an effect: runs the fine clock until the returned function is called. */
  countDown(): () => void {
    this.fine = this.store.now();
    this.readers += 1;
    this.timer ??= setInterval(() => (this.fine = this.store.now()), 1000);
    return () => {
      this.readers -= 1;
      if (this.readers === 0) {
        clearInterval(this.timer);
        this.timer = undefined;
      }
    };
  }
}
