import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { HttpTransport } from '../src/lib/api/http';
import { codeOf, savedToken, signIn, takeCode } from '../src/lib/api/token';
import type { Update } from '../src/lib/api/generated';
import type { Connection } from '../src/lib/api/transport';
import { snapshot } from './fixtures/home';

class FakeSocket {
  static all: FakeSocket[] = [];
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  closed = false;

  constructor(
    readonly url: string,
    readonly protocols: string[],
  ) {
    FakeSocket.all.push(this);
  }
  close(): void {
    this.closed = true;
  }
  say(update: unknown): void {
    this.onmessage?.({ data: JSON.stringify(update) });
  }
}

const last = (): FakeSocket => {
  const socket = FakeSocket.all.at(-1);
  if (!socket) throw new Error('no socket');
  return socket;
};

function answer(status: number, body: unknown, type = 'application/json'): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': type } });
}

const PROBLEM = {
  type: '/problems/outranked',
  title: 'Held',
  status: 409,
  code: 'outranked',
  detail: 'Held by a rule.',
  pointer: '',
};
const FIRST = { type: 'snapshot', snapshot } as unknown as Update;

let fetches: ReturnType<typeof vi.fn<(url: string, init?: RequestInit) => Promise<Response>>>;
beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.all = [];
  fetches = vi.fn(() => Promise.resolve(answer(200, { result: { done: true } })));
  vi.stubGlobal('fetch', fetches);
  vi.stubGlobal('WebSocket', FakeSocket);
  localStorage.clear();
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('a call', () => {
  const transport = new HttpTransport(() => 'secret');

  test('posts method and params with the token, and gives the bare result', async () => {
    await expect(transport.call({ method: 'run_rule', params: { rule: 'x' } })).resolves.toEqual({
      done: true,
    });
    const [url, init] = fetches.mock.calls[0] ?? [];
    expect(url).toBe('/api/v1/call');
    expect(JSON.parse(String(init?.body))).toEqual({ method: 'run_rule', params: { rule: 'x' } });
    expect((init?.headers as Record<string, string>).authorization).toBe('Bearer secret');
  });

  test('rejects with the problem', async () => {
    fetches.mockResolvedValue(answer(409, PROBLEM, 'application/problem+json'));
    await expect(transport.call({ method: 'rules' })).rejects.toMatchObject({
      code: 'outranked',
      status: 409,
      message: 'Held by a rule.',
    });
  });

  test('without a hub says so', async () => {
    fetches.mockRejectedValue(new TypeError('refused'));
    await expect(transport.call({ method: 'rules' })).rejects.toMatchObject({ code: 'not_connected' });
  });

  test('an answer that is none is an error', async () => {
    fetches.mockResolvedValue(new Response('<html>', { status: 200 }));
    await expect(transport.call({ method: 'rules' })).rejects.toMatchObject({ code: 'internal' });
  });
});

describe('the stream', () => {
  function open(token: string | null = 'secret') {
    const updates: Update[] = [];
    const states: Connection[] = [];
    const subscription = new HttpTransport(() => token, 'http://hub:1').subscribe(
      (more) => updates.push(...more),
      (state) => states.push(state),
    );
    return { updates, states, subscription };
  }

  test('offers the subprotocols, and is connected with its first message', () => {
    const { updates, states, subscription } = open();
    expect(last().url).toBe('ws://hub:1/api/v1/updates');
    expect(last().protocols).toEqual(['lares', 'bearer.secret']);
    expect(states).toEqual([]);
    last().say(FIRST);
    last().say([{ type: 'changes', seq: 101, changes: [] }]);
    expect(states).toEqual(['connected']);
    expect(updates.map((update) => update.type)).toEqual(['snapshot', 'changes']);
    subscription.close();
  });

  test('comes back with growing pauses, and at once when the network is back', async () => {
    const { states, subscription } = open();
    last().say(FIRST);
    last().onclose?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(states).toEqual(['connected', 'lost']);
    await vi.advanceTimersByTimeAsync(250);
    expect(FakeSocket.all).toHaveLength(2);
    last().onclose?.();
    await vi.advanceTimersByTimeAsync(260);
    expect(FakeSocket.all).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(250);
    expect(FakeSocket.all).toHaveLength(3);
    last().onclose?.();
    await vi.advanceTimersByTimeAsync(0);
    window.dispatchEvent(new Event('online'));
    expect(FakeSocket.all).toHaveLength(4);
    subscription.close();
  });

  test('a refused token asks for signing in instead of trying for ever', async () => {
    fetches.mockResolvedValue(answer(401, { ...PROBLEM, code: 'unauthorized', status: 401 }));
    const { states, subscription } = open();
    last().onclose?.();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(states.at(-1)).toBe('signed_out');
    expect(FakeSocket.all).toHaveLength(1);
    subscription.close();
  });

  test('without a token nothing is tried', () => {
    const { states } = open(null);
    expect(states).toEqual(['signed_out']);
    expect(FakeSocket.all).toHaveLength(0);
  });

  test('a hub that died without a word is noticed within 5 s', async () => {
    const { states, subscription } = open();
    last().say(FIRST);
    fetches.mockRejectedValue(new TypeError('gone'));
    await vi.advanceTimersByTimeAsync(5000);
    expect(states).toContain('lost');
    subscription.close();
  });

  test('a resync takes a new socket and ignores the old one', () => {
    const { updates, subscription } = open();
    const old = last();
    old.say(FIRST);
    const heard = old.onmessage;
    subscription.resync();
    expect(old.closed).toBe(true);
    heard?.({ data: JSON.stringify(FIRST) });
    expect(updates).toHaveLength(1);
    last().say(FIRST);
    expect(updates).toHaveLength(2);
    subscription.close();
  });

  test('a closed stream stays closed', async () => {
    const { subscription } = open();
    subscription.close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeSocket.all).toHaveLength(1);
  });
});

describe('signing in', () => {
  test('takes the code out of the address and keeps the token', async () => {
    location.hash = '#code=ab%2Fcd';
    const code = takeCode();
    expect(code).toBe('ab/cd');
    expect(location.hash).toBe('#/');
    expect(takeCode()).toBeNull();
    fetches.mockResolvedValue(answer(200, { token: 'tok', role: 'admin' }));
    await signIn(code ?? '');
    expect(JSON.parse(String(fetches.mock.calls[0]?.[1]?.body))).toEqual({ code: 'ab/cd' });
    expect(savedToken()).toBe('tok');
  });

  test('a used code is refused, and nothing is kept', async () => {
    fetches.mockImplementation(() =>
      Promise.resolve(answer(401, { ...PROBLEM, code: 'unauthorized', status: 401 })),
    );
    await expect(signIn('old')).rejects.toMatchObject({ code: 'unauthorized' });
    expect(savedToken()).toBeNull();
  });

  test('a token can be put in instead of a code', async () => {
    fetches.mockImplementation((url) =>
      Promise.resolve(url.endsWith('sign-in') ? answer(401, PROBLEM) : answer(200, { result: {} })),
    );
    await signIn('a-token');
    expect(savedToken()).toBe('a-token');
  });

  test('a pasted link is as good as its code', () => {
    expect(codeOf(' http://127.0.0.1:8420/#code=x-1 ')).toBe('x-1');
    expect(codeOf('x-1')).toBe('x-1');
  });
});
