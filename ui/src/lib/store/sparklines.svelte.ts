/** The last 24 hours of a property, asked for when a tile comes into view, two at a time, kept for five minutes. */
import { SvelteMap } from 'svelte/reactivity';
import type { PointView } from '../api/generated';
import type { HomeStore } from './home.svelte';

const KEPT_MS = 300_000;
const AT_ONCE = 2;
const POINTS = 96;

interface Entry {
  asked: number;
  points: PointView[];
}

export class Sparklines {
  private readonly entries = new SvelteMap<string, Entry>();
  private readonly queue: string[] = [];
  private readonly under = new Set<string>();
  private running = 0;

  constructor(private readonly store: HomeStore) {}

  /** What is known of `device.property`; empty until asked for. */
  points(series: string): PointView[] {
    return this.entries.get(series)?.points ?? [];
  }

  /** Asks, unless it is fresh or under way. */
  want(series: string): void {
    const entry = this.entries.get(series);
    if (this.under.has(series) || (entry && Date.now() - entry.asked < KEPT_MS)) return;
    this.under.add(series);
    this.queue.push(series);
    void this.work();
  }

  private async work(): Promise<void> {
    if (this.running >= AT_ONCE) return;
    this.running += 1;
    for (let series = this.queue.shift(); series !== undefined; series = this.queue.shift()) {
      const asked = Date.now();
      try {
        this.entries.set(series, {
          asked,
          points: await this.store.call('history', { series, points: POINTS }),
        });
      } catch {
        // A tile without its line is still a tile; it is asked for again later.
        this.entries.set(series, { asked, points: [] });
      }
      this.under.delete(series);
    }
    this.running -= 1;
  }
}
