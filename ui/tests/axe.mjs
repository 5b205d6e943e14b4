// Accessibility: axe over every view, in light and dark, wide and narrow, against the fake hub in Chromium.
//
//   npm run test:axe          (CHROMIUM=/path/to/chromium where it is not /usr/bin/chromium)

import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import { start } from '../dev/fake-hub.mjs';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const WIDTHS = [1280, 390];
const THEMES = ['light', 'dark'];

const settled = (page) =>
  page.waitForFunction(() => !document.querySelector('[role=status]'), null, { timeout: 5000 });
const VIEWS = {
  home: { hash: '#/' },
  'quick controls': {
    hash: '#/',
    prepare: async (page) => {
      await page.locator('[data-device=living_lamp]').click({ button: 'right', position: { x: 20, y: 70 } });
      await page.getByRole('dialog').waitFor();
    },
  },
  palette: {
    hash: '#/',
    prepare: async (page) => {
      await page.keyboard.press('Control+k');
      await page.getByPlaceholder('Device, room or page').fill('li');
    },
  },
  thermostat: { hash: '#/device/living_trv' },
  light: { hash: '#/device/living_lamp' },
  'anything else': {
    hash: '#/device/cat_feeder',
    prepare: async (page) =>
      page.locator('[data-property=schedule]').getByRole('button', { name: 'Edit' }).click(),
  },
  lock: { hash: '#/device/front_door' },
  'device that is gone': { hash: '#/device/nobody' },
  automations: { hash: '#/automations' },
  journal: { hash: '#/journal' },
  settings: { hash: '#/settings' },
  'add device': {
    hash: '#/add',
    prepare: async (page) => {
      const open = page.getByRole('button', { name: 'Open the network' });
      if (await open.count()) await open.click();
      await page.getByRole('timer').waitFor();
      await page.getByRole('button', { name: 'Finish' }).waitFor({ timeout: 15_000 });
    },
  },
  'connect Zigbee2MQTT': {
    hash: '#/add',
    waits: true,
    prepare: (page) => page.getByRole('button', { name: 'Make' }).waitFor(),
  },
  'the password of Zigbee2MQTT': {
    hash: '#/add',
    waits: true,
    busy: true,
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Make' }).click();
      // It was made by an earlier round.
      const again = page.getByRole('button', { name: 'Make a new password' });
      const section = page.getByText('mqtt:');
      await again.or(section).first().waitFor();
      if (await again.count()) await again.click();
      await section.waitFor();
    },
  },
  empty: { hash: '#/', empty: true },
  'automations, none': { hash: '#/automations', empty: true },
  'sign in': { hash: '#/', signedOut: true },
};

const full = await start({ port: 0, quiet: true });
const empty = await start({ port: 0, quiet: true, empty: true });
/** A home whose Zigbee2MQTT never comes. */
const waiting = await start({ port: 0, quiet: true, empty: true, waits: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});

let checked = 0;
const failures = [];
for (const theme of THEMES) {
  for (const width of WIDTHS) {
    for (const [name, view] of Object.entries(VIEWS)) {
      const context = await browser.newContext({
        viewport: { width, height: 860 },
        colorScheme: theme,
        locale: 'en-GB',
        reducedMotion: 'reduce',
      });
      const page = await context.newPage();
      const where = `${name}, ${theme}, ${width} px`;
      page.on('pageerror', (error) => failures.push(`${where}: ${error.message}`));
      page.on('console', (message) => {
        // Commands that the fixture refuses are no fault of the page.
        if (message.type() === 'error' && !/status of 4\d\d|status of 504/.test(message.text())) {
          failures.push(`${where}: console: ${message.text()}`);
        }
      });
      const base = `http://127.0.0.1:${(view.waits ? waiting : view.empty ? empty : full).port}/`;
      if (!view.signedOut) await page.addInitScript(() => localStorage.setItem('lares.token', 'fake'));
      await page.goto(base + view.hash);
      if (!view.signedOut) await page.locator('main h1, main h2').first().waitFor();
      await view.prepare?.(page);
      if (!view.busy && name !== 'home' && name !== 'palette' && name !== 'quick controls')
        await settled(page);
      // The policy forbids inline scripts; axe comes in as the tool's own.
      await page.evaluate((await import('node:fs')).readFileSync(AXE, 'utf8'));
      const { violations } = await page.evaluate(() =>
        window.axe.run(document, {
          runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
        }),
      );
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (overflow > 0) failures.push(`${where}: scrolls sideways by ${overflow} px`);
      for (const violation of violations) {
        const nodes = violation.nodes
          .slice(0, 3)
          .map(
            (node) =>
              `    ${node.html.slice(0, 160)}\n      ${node.failureSummary?.split('\n').slice(1, 3).join(' ')}`,
          );
        failures.push(`${where}: ${violation.id}: ${violation.help}\n${nodes.join('\n')}`);
      }
      checked += 1;
      await context.close();
    }
  }
}

await browser.close();
full.close();
empty.close();
waiting.close();
for (const failure of failures) console.error(failure);
console.log(`axe: ${checked} pages, ${failures.length} failures`);
process.exit(failures.length === 0 ? 0 : 1);
