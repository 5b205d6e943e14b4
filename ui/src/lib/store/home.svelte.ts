/**
 * The one store: everything the hub told us, fed by a snapshot and deltas that are applied once per frame. Components
 * only read it; commands.svelte.ts is the only other writer, of wishes and refusals.
 */
import { SvelteMap } from 'svelte/reactivity';
import { request, type Answers, type Method, type Params } from '../api/call';
import type {
  AdapterView,
  ChangeUpdate,
  DeviceView,
  DiagnosticView,
  HomeView,
  JournalView,
  NoticeView,
  RoomView,
  RuleView,
  Snapshot,
  Update,
} from '../api/generated';
import type { Connection, Subscription, Transport } from '../api/transport';
import { Device } from './device.svelte';

const NOTICES_MAX = 50;

/** New lines of the journal, oldest first; null after a gap, when only asking tells what they are. */
export type JournalListener = (entries: JournalView[] | null) => void;

export type Status = 'connecting' | 'connected' | 'lost' | 'signed_out';

export class HomeStore {
  /** True once a snapshot has arrived. */
  ready = $state(false);
  status = $state<Status>('connecting');
  /** When the connection was lost, local clock. */
  lostAt = $state<number | null>(null);
  home = $state.raw<HomeView>(emptyHome());
  rooms = $state.raw<RoomView[]>([]);
  rules = $state.raw<RuleView[]>([]);
  diagnostics = $state.raw<DiagnosticView[]>([]);
  adapters = $state.raw<AdapterView[]>([]);
  notices = $state.raw<NoticeView[]>([]);
  /** By internal id. */
  readonly devices = new SvelteMap<string, Device>();
  /** The hub's clock minus ours, ms. */
  skew = $state(0);

  readonly byId = $derived(new Map([...this.devices.values()].map((device) => [device.id, device])));
  readonly roomById = $derived(new Map(this.rooms.map((room) => [room.id, room])));

  private seq = -1;
  private queue: Update[] = [];
  private frame = 0;
  private subscription: Subscription | null = null;
  private onNotice: (notice: NoticeView) => void = () => {};
  private readonly journalListeners = new Set<JournalListener>();

  constructor(private readonly transport: Transport) {}

  /** Subscribes; returns the end of it. */
  start(onNotice: (notice: NoticeView) => void = () => {}): () => void {
    this.onNotice = onNotice;
    this.subscription?.close();
    this.subscription = this.transport.subscribe(
      (updates) => this.enqueue(updates),
      (connection) => this.connection(connection),
    );
    return () => {
      this.subscription?.close();
      this.subscription = null;
      cancelAnimationFrame(this.frame);
      this.frame = 0;
      this.queue = [];
    };
  }

  call<M extends Method>(method: M, params?: Params<M>, signal?: AbortSignal): Promise<Answers[M]> {
    return this.transport.call(request(method, params), signal) as Promise<Answers[M]>;
  }

  /** Hears how the journal goes on; returns the end of it. */
  watchJournal(listener: JournalListener): () => void {
    this.journalListeners.add(listener);
    return () => this.journalListeners.delete(listener);
  }

  /** The hub's clock now, ms. */
  now(): number {
    return Date.now() + this.skew;
  }

  /** Updates of one frame are applied together, so that many small messages cost one rendering. */
  private enqueue(updates: Update[]): void {
    this.queue.push(...updates);
    if (this.frame !== 0) return;
    // A hidden page gets no frames; its queue must not grow without end.
    if (document.hidden) return this.flush();
    this.frame = requestAnimationFrame(() => this.flush());
  }

  private flush(): void {
    this.frame = 0;
    const updates = this.queue;
    this.queue = [];
    for (const update of updates) if (!this.apply(update)) break;
  }

  /** False after a gap: what follows is of no use until the next snapshot. */
  apply(update: Update): boolean {
    if (update.type === 'snapshot') {
      this.take(update.snapshot);
      return true;
    }
    if (this.seq < 0) return false;
    if (update.seq <= this.seq) return true;
    if (update.seq !== this.seq + 1) {
      this.seq = -1;
      this.subscription?.resync();
      return false;
    }
    this.seq = update.seq;
    for (const change of update.changes) this.change(change);
    return true;
  }

  private take(snapshot: Snapshot): void {
    this.seq = snapshot.seq;
    this.skew = Date.parse(snapshot.now) - Date.now();
    this.home = snapshot.home;
    this.rooms = snapshot.rooms;
    this.rules = snapshot.rules;
    this.diagnostics = snapshot.diagnostics;
    this.adapters = snapshot.adapters;
    this.notices = snapshot.notices;
    const keys = new Set(snapshot.devices.map((device) => device.key));
    for (const key of [...this.devices.keys()]) if (!keys.has(key)) this.devices.delete(key);
    for (const device of snapshot.devices) this.describe(device);
    this.ready = true;
    for (const listener of this.journalListeners) listener(null);
  }

  private change(change: ChangeUpdate): void {
    switch (change.what) {
      case 'home':
        this.home = change.home;
        break;
      case 'rooms':
        this.rooms = change.rooms;
        break;
      case 'device':
        this.describe(change.device);
        break;
      case 'device_removed':
        this.devices.delete(change.key);
        break;
      case 'property':
        this.devices.get(change.key)?.report(change.property, change.state);
        break;
      case 'happened':
        this.devices.get(change.key)?.happened(change.property, { value: change.value, at: change.at });
        break;
      case 'rule':
        this.rules = put(this.rules, change.rule, (rule) => rule.id);
        break;
      case 'rules':
        this.rules = change.rules;
        this.diagnostics = change.diagnostics;
        break;
      case 'adapter':
        this.adapters = put(this.adapters, change.adapter, (adapter) => adapter.id);
        break;
      case 'adapter_removed':
        this.adapters = this.adapters.filter((adapter) => adapter.id !== change.id);
        break;
      case 'notice':
        this.notices = [...this.notices, change.notice].slice(-NOTICES_MAX);
        this.onNotice(change.notice);
        break;
      case 'journal':
        for (const listener of this.journalListeners) listener(change.gap ? null : change.entries);
        break;
    }
  }

  private describe(view: DeviceView): void {
    const device = this.devices.get(view.key);
    if (device) device.describe(view);
    else this.devices.set(view.key, new Device(view));
  }

  private connection(connection: Connection): void {
    if (connection === 'lost') {
      this.lostAt ??= Date.now();
      this.seq = -1;
    } else {
      this.lostAt = null;
    }
    this.status = connection;
  }
}

/** The list with this one in place of the one of the same id, or at the end. */
function put<T>(list: T[], value: T, id: (value: T) => string): T[] {
  const index = list.findIndex((other) => id(other) === id(value));
  return index < 0 ? [...list, value] : list.with(index, value);
}

function emptyHome(): HomeView {
  return {
    name: '',
    time_zone: 'UTC',
    location: null,
    demo: false,
    version: '',
    automations: '',
    troubles: [],
  };
}
