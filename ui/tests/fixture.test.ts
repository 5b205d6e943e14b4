import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { snapshot } from './fixtures/home';

const PATH = join(import.meta.dirname, 'fixtures/snapshot.json');

test('snapshot.json is the typed fixture (LARES_BLESS=1 writes it anew)', () => {
  const text = JSON.stringify(snapshot, null, 1) + '\n';
  if (process.env.LARES_BLESS) writeFileSync(PATH, text);
  expect(JSON.parse(readFileSync(PATH, 'utf8'))).toEqual(JSON.parse(text));
});
