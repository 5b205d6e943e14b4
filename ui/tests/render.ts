/** Mounts a component with the store it would have, over a wire that the test holds. */
import { flushSync, mount, unmount, type Component } from 'svelte';
import Provide from './Provide.svelte';
import type { Request, Snapshot, Update } from '../src/lib/api/generated';
import type { Connection, Subscription, Transport } from '../src/lib/api/transport';
import { Clock } from '../src/lib/store/clock.svelte';
import { Commands } from '../src/lib/store/command.svelte';
import { HomeStore } from '../src/lib/store/home.svelte';
import { Overlay } from '../src/lib/store/overlay.svelte';
import { Sparklines } from '../src/lib/store/sparklines.svelte';
import { Toasts } from '../src/lib/store/toasts.svelte';
import type { Lares } from '../src/lib/context';
import { snapshot as fixture } from './fixtures/home';

/** A wire: calls are kept, and answered when the test says so. */
export class HeldTransport implements Transport {
  readonly calls: {
    request: Request;
    resolve: (result: unknown) => void;
    reject: (thrown: unknown) => void;
    signal?: AbortSignal;
  }[] = [];
  resyncs = 0;
  /** Methods that are answered at once. */
  answers: Partial<Record<Request['method'], unknown>> = { history: [], changes: [], journal: [] };
  private onUpdates: (updates: Update[]) => void = () => {};
  onConnection: (connection: Connection) => void = () => {};

  call(request: Request, signal?: AbortSignal): Promise<unknown> {
    if (request.method in this.answers) return Promise.resolve(this.answers[request.method]);
    return new Promise((resolve, reject) => {
      this.calls.push({ request, resolve, reject, ...(signal ? { signal } : {}) });
    });
  }

  subscribe(
    onUpdates: (updates: Update[]) => void,
    onConnection: (connection: Connection) => void,
  ): Subscription {
    this.onUpdates = onUpdates;
    this.onConnection = onConnection;
    return { resync: () => (this.resyncs += 1), close: () => {} };
  }

  push(...updates: Update[]): void {
    this.onUpdates(updates);
  }
}

export interface Scene extends Lares {
  wire: HeldTransport;
}

/** The store of the fixture home, connected. */
export function scene(snapshot: Snapshot = structuredClone(fixture)): Scene {
  const wire = new HeldTransport();
  const store = new HomeStore(wire);
  store.start();
  wire.onConnection('connected');
  store.apply({ type: 'snapshot', snapshot });
  return {
    wire,
    store,
    clock: new Clock(store),
    commands: new Commands(store),
    sparklines: new Sparklines(store),
    toasts: new Toasts(),
    overlay: new Overlay(),
  };
}

const mounted: Record<string, unknown>[] = [];

export function render<P extends Record<string, unknown>>(
  component: Component<P>,
  props: P,
  lares: Lares,
): HTMLElement {
  const target = document.createElement('div');
  document.body.append(target);
  mounted.push(
    mount(Provide as Component<Record<string, unknown>>, { target, props: { component, props, lares } }),
  );
  flushSync();
  return target;
}

export async function unmountAll(): Promise<void> {
  for (const one of mounted.splice(0)) await unmount(one);
  document.body.replaceChildren();
}
