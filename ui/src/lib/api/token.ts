/** The browser's token: signing in by a one-time code, and keeping what that gave. */
import { m } from '../text';
import { asProblem, CallProblem, isProblem, notConnected } from './problem';

const KEY = 'lares.token';

export function savedToken(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

export function saveToken(token: string | null): void {
  try {
    if (token === null) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, token);
  } catch {
    // A browser that keeps nothing asks again at the next visit.
  }
}

/** The code of `/#code=…`, removed from the address so that it stays in no history. */
export function takeCode(): string | null {
  const match = /^#\/?code=([^&]+)/.exec(location.hash);
  if (!match?.[1]) return null;
  history.replaceState(null, '', location.pathname + location.search + '#/');
  return decodeURIComponent(match[1]);
}

/** A code, or the whole sign-in link, as people paste it. */
export function codeOf(pasted: string): string {
  const match = /code=([^&\s]+)/.exec(pasted);
  return (match?.[1] ? decodeURIComponent(match[1]) : pasted).trim();
}

/** Trades the code for a token and keeps it. */
export async function signIn(code: string, base = ''): Promise<string> {
  let response: Response;
  try {
    response = await fetch(`${base}/api/v1/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code }),
    });
  } catch {
    throw notConnected(m.connection.noAnswer);
  }
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok && (await isToken(code, base))) {
    saveToken(code);
    return code;
  }
  if (isProblem(body)) throw new CallProblem(body);
  const token = (body as { token?: unknown } | null)?.token;
  if (!response.ok || typeof token !== 'string') throw asProblem(new Error(`HTTP ${response.status}`));
  saveToken(token);
  return token;
}

/** Whether what was pasted is a token of its own, made by `lares token add`. */
async function isToken(text: string, base: string): Promise<boolean> {
  try {
    const response = await fetch(`${base}/api/v1/call`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${text}` },
      body: JSON.stringify({ method: 'rules' }),
    });
    return response.ok;
  } catch {
    return false;
  }
}
