/** What the store needs of a wire. http.ts and tauri.ts are the two. */
import type { Request, Update } from './generated';

/** How the wire to the hub is. */
export type Connection = 'connected' | 'lost' | 'signed_out';

export interface Subscription {
  /** Throws the stream away and starts again with a snapshot: after a gap in the sequence. */
  resync(): void;
  close(): void;
}

export interface Transport {
  /** Resolves with the bare result; rejects with a CallProblem. */
  call(request: Request, signal?: AbortSignal): Promise<unknown>;
  /** The first update after each `connected` is a snapshot. Reconnects by itself until closed. */
  subscribe(
    onUpdates: (updates: Update[]) => void,
    onConnection: (connection: Connection) => void,
  ): Subscription;
}
