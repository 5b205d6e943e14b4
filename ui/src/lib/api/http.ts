/** The browser's wire: calls by fetch, updates by WebSocket, with back-off and a watch for silent death. */
import { m } from '../text';
import type { Request, Update } from './generated';
import { asProblem, CallProblem, isProblem, notConnected } from './problem';
import type { Connection, Subscription, Transport } from './transport';

const BACK_OFF_MS = [250, 500, 1000, 2000, 4000];
/** A stream that is quiet for this long is checked, so that a hub which vanished without a word is noticed. */
const QUIET_MS = 3000;
const PROBE_TIMEOUT_MS = 1500;

export class HttpTransport implements Transport {
  constructor(
    private readonly token: () => string | null,
    /** Origin of the hub; empty for the page's own. */
    private readonly base = '',
  ) {}

  async call(request: Request, signal?: AbortSignal): Promise<unknown> {
    let response: Response;
    try {
      response = await fetch(`${this.base}/api/v1/call`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${this.token() ?? ''}` },
        body: JSON.stringify(request),
        signal: signal ?? null,
      });
    } catch (thrown) {
      if (signal?.aborted) throw asProblem(thrown);
      throw notConnected(m.connection.noAnswer);
    }
    const body: unknown = await response.json().catch(() => null);
    if (isProblem(body)) throw new CallProblem(body);
    if (!response.ok || typeof body !== 'object' || body === null || !('result' in body)) {
      throw asProblem(new Error(m.connection.unexpected(response.status)));
    }
    return body.result;
  }

  subscribe(
    onUpdates: (updates: Update[]) => void,
    onConnection: (connection: Connection) => void,
  ): Subscription {
    return new Stream(this.base, this.token, onUpdates, onConnection);
  }
}

class Stream implements Subscription {
  private socket: WebSocket | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private watch: ReturnType<typeof setInterval> | undefined;
  private attempt = 0;
  private heard = 0;
  private probing = false;
  private closed = false;
  private readonly wake = (): void => this.reconnectNow();

  constructor(
    private readonly base: string,
    private readonly token: () => string | null,
    private readonly onUpdates: (updates: Update[]) => void,
    private readonly onConnection: (connection: Connection) => void,
  ) {
    addEventListener('online', this.wake);
    this.open();
  }

  resync(): void {
    this.drop();
    this.open();
  }

  close(): void {
    this.closed = true;
    removeEventListener('online', this.wake);
    this.drop();
  }

  private open(): void {
    if (this.closed) return;
    const token = this.token();
    if (token === null) return this.onConnection('signed_out');
    const origin = this.base || location.origin;
    const socket = new WebSocket(`${origin.replace(/^http/, 'ws')}/api/v1/updates`, [
      'lares',
      `bearer.${token}`,
    ]);
    this.socket = socket;
    let greeted = false;
    socket.onmessage = (event: MessageEvent<string>) => {
      if (socket !== this.socket) return;
      this.heard = performance.now();
      const message = JSON.parse(event.data) as Update | Update[];
      if (!greeted) {
        greeted = true;
        this.attempt = 0;
        this.onConnection('connected');
      }
      this.onUpdates(Array.isArray(message) ? message : [message]);
    };
    socket.onclose = () => {
      if (socket === this.socket) void this.lost(greeted);
    };
    this.heard = performance.now();
    this.watch = setInterval(() => void this.probe(), 1000);
  }

  /** Browsers do not say why a handshake failed, so a refused token is found out by asking. */
  private async lost(greeted: boolean): Promise<void> {
    this.drop();
    this.onConnection('lost');
    if (!greeted && (await this.isRefused())) {
      if (!this.closed) this.onConnection('signed_out');
      return;
    }
    if (this.closed || this.socket) return;
    const delay = BACK_OFF_MS[Math.min(this.attempt, BACK_OFF_MS.length - 1)] ?? 4000;
    this.attempt += 1;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.open(), delay);
  }

  private async isRefused(): Promise<boolean> {
    try {
      const response = await fetch(`${this.base}/api/v1/call`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${this.token() ?? ''}` },
        body: JSON.stringify({ method: 'rules' }),
        signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
      });
      return response.status === 401;
    } catch {
      return false;
    }
  }

  private async probe(): Promise<void> {
    if (this.probing || performance.now() - this.heard < QUIET_MS || document.hidden) return;
    const socket = this.socket;
    this.probing = true;
    try {
      await fetch(`${this.base}/healthz`, {
        cache: 'no-store',
        signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
      });
      this.heard = performance.now();
    } catch {
      if (socket !== null && socket === this.socket) void this.lost(true);
    } finally {
      this.probing = false;
    }
  }

  private reconnectNow(): void {
    if (this.closed || this.socket) return;
    clearTimeout(this.timer);
    this.open();
  }

  private drop(): void {
    clearInterval(this.watch);
    clearTimeout(this.timer);
    const socket = this.socket;
    this.socket = null;
    if (socket) {
      socket.onmessage = null;
      socket.onclose = null;
      socket.close();
    }
  }
}
