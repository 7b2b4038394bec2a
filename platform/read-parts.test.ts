import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readParts } from './read-parts.ts';

test.each([
  ['nothing', 0, 0],
  ['one byte', 1, 1],
  ['just a part', 512 << 10, 512 << 10],
  ['several parts and a rest', (3 << 20) + 17, (3 << 20) + 17],
  ['the beginning alone', 2 << 20, (1 << 20) + 1],
  ['a file that has less', 700_000, 2 << 20],
])('%s', async (_, fileBytes, wantedBytes) => {
  const folder = mkdtempSync(join(tmpdir(), 'dsync-read-parts-'));
  const content = randomBytes(fileBytes);
  writeFileSync(join(folder, 'f'), content);
  const file = await open(join(folder, 'f'));
  try {
    const parts: Buffer[] = [];
    for await (const part of readParts(file, wantedBytes)) parts.push(Buffer.from(part));
    expect(Buffer.concat(parts).equals(content.subarray(0, wantedBytes))).toBe(true);
  } finally {
    await file.close();
    rmSync(folder, { recursive: true });
  }
});

test('stopped in between, it leaves a file that can be closed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dsync-read-parts-'));
  writeFileSync(join(folder, 'f'), randomBytes(4 << 20));
  const file = await open(join(folder, 'f'));
  for await (const part of readParts(file, 4 << 20)) {
    expect(part.length).toBeGreaterThan(0);
    break;
  }
  await file.close();
  rmSync(folder, { recursive: true });
});
