/**
 * What a click does: the control moves at once (a wish), the hub is asked, and the wish ends confirmed or springs back
 * with the reason. Dragging sends at most five commands a second, and always the last value.
 */
import { asProblem } from '../api/problem';
import type { Device, Property } from './device.svelte';
import type { HomeStore } from './home.svelte';

const SEND_INTERVAL_MS = 200;
/** How long a confirmed wish waits for the state to say the same, so that a control does not flicker back. */
const GRACE_MS = 1500;

let tokens = 0;

export class Commands {
  private readonly drags = new Map<string, Drag>();

  constructor(private readonly store: HomeStore) {}

  /** Sets one property. Never rejects: a failure stays on the property until it is seen. */
  set(device: Device, property: Property, value: unknown): Promise<void> {
    return this.setAll(device, [[property, value]]);
  }

  /** Sets several properties of a device in one message. */
  async setAll(device: Device, values: [Property, unknown][], signal?: AbortSignal): Promise<void> {
    const wishes = values.map(([property, value]) => wish(device, property, value));
    const [only] = values;
    if (!only) return;
    try {
      const { outcome } =
        values.length === 1
          ? await this.store.call(
              'set_property',
              { device: device.id, property: only[0].name, value: only[1] },
              signal,
            )
          : await this.store.call(
              'set_properties',
              { device: device.id, values: Object.fromEntries(values.map(([p, value]) => [p.name, value])) },
              signal,
            );
      for (const end of wishes) end.confirm(outcome);
    } catch (thrown) {
      if (signal?.aborted) return;
      const problem = asProblem(thrown);
      for (const end of wishes) end.springBack(problem.code === 'expired' ? null : problem.message);
    }
  }

  /** A value of a control that is being moved. `last` when it was let go. */
  drag(device: Device, values: [Property, unknown][], last: boolean): void {
    const key = device.key + values.map(([property]) => property.name).join();
    let drag = this.drags.get(key);
    if (!drag) this.drags.set(key, (drag = new Drag((v, signal) => void this.setAll(device, v, signal))));
    for (const [property, value] of values) wish(device, property, value);
    drag.move(values, last);
    if (last) this.drags.delete(key);
  }

  /** A named write such as `open`. */
  async invoke(device: Device, action: string, input: unknown = null): Promise<void> {
    const described = device.actions.find((candidate) => candidate.name === action);
    const property = described && device.properties.get(described.property);
    const value = described?.value ?? input;
    const end = property ? wish(device, property, value) : null;
    try {
      const { outcome } = await this.store.call('invoke_action', { device: device.id, action, input });
      end?.confirm(outcome);
    } catch (thrown) {
      const problem = asProblem(thrown);
      end?.springBack(problem.code === 'expired' ? null : problem.message);
    }
  }

  /** Ends the manual claim on a property, or on all of a device. */
  async resume(device: Device, property: Property | null): Promise<void> {
    try {
      await this.store.call('resume', { device: device.id, property: property?.name ?? null });
    } catch (thrown) {
      if (property) property.refusal = asProblem(thrown).message;
    }
  }

  /** The reason of a failure has been read. */
  seen(device: Device): void {
    for (const property of device.properties.values()) {
      if (property.failure !== null) property.seen(this.store.now());
    }
  }
}

interface Ending {
  confirm(outcome: string): void;
  springBack(reason: string | null): void;
}

/** Puts the wish on the property; a new description of the device may replace the object, hence by name. */
function wish(device: Device, property: Property, value: unknown): Ending {
  const token = ++tokens;
  const current = (): Property => device.properties.get(property.name) ?? property;
  const mine = (): boolean => current().wish?.token === token;
  current().wish = { value, token };
  current().refusal = null;
  return {
    confirm(outcome) {
      if (!mine()) return;
      // What is not reported back has nothing but the wish to show.
      if (outcome === 'sent' && !property.view.readable) {
        current().wish = { value, token, settled: true };
        return;
      }
      setTimeout(() => {
        if (mine()) current().wish = null;
      }, GRACE_MS);
    },
    springBack(reason) {
      if (!mine()) return;
      current().wish = null;
      if (reason !== null) current().refusal = reason;
    },
  };
}

/** One movement of a control: sends now, then at most every 200 ms, and gives up what a newer value replaced. */
class Drag {
  private waiting: [Property, unknown][] | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private sent = -Infinity;
  private abort: AbortController | null = null;

  constructor(private readonly send: (values: [Property, unknown][], signal: AbortSignal) => void) {}

  move(values: [Property, unknown][], last: boolean): void {
    this.waiting = values;
    const due = this.sent + SEND_INTERVAL_MS - performance.now();
    if (last || due <= 0) return this.flush();
    this.timer ??= setTimeout(() => this.flush(), due);
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const values = this.waiting;
    this.waiting = null;
    if (!values) return;
    this.sent = performance.now();
    // A browser opens six connections to a host; superseded calls must not hold them.
    this.abort?.abort();
    this.abort = new AbortController();
    this.send(values, this.abort.signal);
  }
}
