/**
 * A device and its properties as reactive objects: what a property *is* changes seldom, what it *has* changes often,
 * so each property's state is a signal of its own and a delta re-renders only what reads it.
 */
import type { ActionView, DeviceView, HeldView, PropertyView, StateView } from '../api/generated';
import { same } from '../values';

/** What a click wished for, until the hub confirms or refuses it. */
export interface Wish {
  value: unknown;
  /** Tells a later wish for the same property from this one. */
  token: number;
  /** It was sent, and will never be reported back: all that can be shown, and nothing that is waited for. */
  settled?: boolean;
}

export interface Happening {
  value: string;
  at: string;
}

export class Property {
  readonly name: string;
  /** The name without the endpoint: `state` of `state_left`. */
  readonly base: string;
  /** What it is. */
  readonly view: PropertyView;
  /** What the hub believes of it. */
  state = $state.raw<StateView>(unknownState());
  /** What a click here wished for. */
  wish = $state.raw<Wish | null>(null);
  /** Why the last click here failed; stays until seen. */
  refusal = $state.raw<string | null>(null);
  /** The last momentary event. */
  happened = $state.raw<Happening | null>(null);
  /** Failures up to this time (server clock, ms) have been seen. */
  private seenUntil = $state(0);

  constructor(name: string, view: PropertyView, before?: Property) {
    this.name = name;
    const suffix = view.endpoint ? `_${view.endpoint}` : '';
    this.base = suffix && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
    this.view = view;
    this.state = stateOf(view);
    this.wish = before?.wish ?? null;
    this.refusal = before?.refusal ?? null;
    this.happened = before?.happened ?? null;
    this.seenUntil = before?.seenUntil ?? 0;
  }

  /** What a control shows: the wish of this window, else a command of others under way, else the state. */
  get shown(): unknown {
    if (this.wish) return this.wish.value;
    return this.state.pending ? this.state.pending.value : this.state.value;
  }

  /** True while a command is under way. */
  get pending(): boolean {
    return (this.wish !== null && !this.wish.settled) || this.state.pending !== null;
  }

  /** Why the last command failed, until seen. */
  get failure(): string | null {
    if (this.pending) return null;
    if (this.refusal !== null) return this.refusal;
    const failed = this.state.failed;
    return failed && Date.parse(failed.at) > this.seenUntil ? failed.reason : null;
  }

  get held(): HeldView | null {
    return this.state.held;
  }

  get known(): boolean {
    return this.state.freshness !== 'never_seen' || this.wish !== null;
  }

  /** The failure has been read. `now` is the hub's clock in ms. */
  seen(now: number): void {
    this.refusal = null;
    // The hub's own record of the same failure may still be on its way.
    this.seenUntil = now + 1000;
  }

  report(state: StateView): void {
    this.state = state;
    if (this.wish && !state.pending && same(this.view, state.value, this.wish.value)) this.wish = null;
  }
}

export class Device {
  readonly key: string;
  view = $state.raw<DeviceView>() as DeviceView;
  properties = $state.raw<ReadonlyMap<string, Property>>(new Map());
  heardAt = $state.raw<string | null>(null);

  constructor(view: DeviceView) {
    this.key = view.key;
    this.describe(view);
  }

  get id(): string {
    return this.view.id;
  }
  get name(): string {
    return this.view.name;
  }
  get room(): string | null {
    return this.view.room;
  }
  get kind(): string {
    return this.view.kind;
  }
  get online(): boolean {
    return this.view.online;
  }
  get actions(): ActionView[] {
    return this.view.actions;
  }

  /** Takes a new description; wishes and unread failures stay. */
  describe(view: DeviceView): void {
    const names = [...view.order.filter((name) => name in view.properties)];
    for (const name of Object.keys(view.properties)) if (!names.includes(name)) names.push(name);
    const properties = new Map<string, Property>();
    for (const name of names) {
      const described = view.properties[name];
      if (described) properties.set(name, new Property(name, described, this.properties.get(name)));
    }
    this.view = view;
    this.heardAt = view.heard_at;
    this.properties = properties;
  }

  report(name: string, state: StateView): void {
    this.properties.get(name)?.report(state);
    if (state.at && (this.heardAt === null || state.at > this.heardAt)) this.heardAt = state.at;
  }

  happened(name: string, event: Happening): void {
    const property = this.properties.get(name);
    if (property) property.happened = event;
    this.heardAt = event.at;
  }

  /** The property of this base name at this endpoint. */
  at(base: string, endpoint: string | null = null): Property | undefined {
    const direct = this.properties.get(endpoint ? `${base}_${endpoint}` : base);
    if (direct && direct.base === base && direct.view.endpoint === endpoint) return direct;
    return [...this.properties.values()].find((p) => p.base === base && p.view.endpoint === endpoint);
  }

  get failure(): { property: Property; reason: string } | null {
    for (const property of this.properties.values()) {
      const reason = property.failure;
      if (reason !== null) return { property, reason };
    }
    return null;
  }

  get pending(): boolean {
    for (const property of this.properties.values()) if (property.pending) return true;
    return false;
  }
}

function stateOf(view: PropertyView): StateView {
  const { value, at, changed_at, freshness, why, held, pending, failed } = view;
  return { value, at, changed_at, freshness, why, held, pending, failed };
}

function unknownState(): StateView {
  return {
    value: null,
    at: null,
    changed_at: null,
    freshness: 'never_seen',
    why: [],
    held: null,
    pending: null,
    failed: null,
  };
}
