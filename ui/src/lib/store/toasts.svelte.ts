/** Short messages that pass: what was done, and what failed away from a control. */
export interface Toast {
  id: number;
  level: 'info' | 'warning' | 'critical';
  text: string;
}

const SHOWN_MS = 6000;
const TOASTS_MAX = 4;

export class Toasts {
  list = $state.raw<Toast[]>([]);
  private next = 0;

  /** Critical ones stay until they are dismissed. */
  show(text: string, level: Toast['level'] = 'info'): void {
    const id = this.next++;
    this.list = [...this.list, { id, level, text }].slice(-TOASTS_MAX);
    if (level !== 'critical') setTimeout(() => this.dismiss(id), SHOWN_MS);
  }

  dismiss(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}
