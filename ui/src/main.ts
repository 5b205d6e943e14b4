/** Where it begins: signs in if the address brings a code, picks the wire, mounts the window. */
import { mount } from 'svelte';
import App from './App.svelte';
import { connect, isWindow } from './lib/api/connect';
import { savedToken, signIn, takeCode } from './lib/api/token';
import './lib/theme.svelte';
import './style/tokens.css';
import './style/base.css';

async function start(): Promise<void> {
  const target = document.getElementById('app');
  if (!target) return;
  let refused = false;
  const code = isWindow() ? null : takeCode();
  if (code !== null) await signIn(code).catch(() => (refused = savedToken() === null));
  mount(App, { target, props: { transport: await connect(), refused } });
}

void start();
