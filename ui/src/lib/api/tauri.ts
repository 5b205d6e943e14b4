/** The window's wire: Tauri's IPC. The only file that imports @tauri-apps; loaded only inside the window. */
import { Channel, invoke } from '@tauri-apps/api/core';
import type { Request, Update } from './generated';
import { asProblem } from './problem';
import type { Connection, Subscription, Transport } from './transport';

const RETRY_MS = 1000;

export class TauriTransport implements Transport {
  async call(request: Request): Promise<unknown> {
    try {
      return await invoke('call', { request });
    } catch (thrown) {
      throw asProblem(thrown);
    }
  }

  subscribe(
    onUpdates: (updates: Update[]) => void,
    onConnection: (connection: Connection) => void,
  ): Subscription {
    let round = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;

    const open = (): void => {
      const mine = ++round;
      clearTimeout(timer);
      const channel = new Channel<Update[]>();
      let taken = 0;
      channel.onmessage = (updates) => {
        if (mine !== round) return;
        onConnection('connected');
        onUpdates(updates);
        // The web view would queue without end what a busy page does not take; so it is told what was taken.
        taken += 1;
        invoke('took', { channel: channel.id, batches: taken }).catch(() => {});
      };
      invoke('subscribe', { channel }).catch(() => {
        if (mine !== round) return;
        onConnection('lost');
        timer = setTimeout(open, RETRY_MS);
      });
    };

    open();
    return {
      resync: open,
      close: () => {
        round += 1;
        clearTimeout(timer);
      },
    };
  }
}
