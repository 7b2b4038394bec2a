/**
 * Large files to measure with: incompressible, written a piece at a time.
 *
 * @module
 */
import { randomFillSync } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, statSync, writeSync } from 'node:fs';

const PIECE_BYTES = 8 << 20;

export function writeLarge(path: string, sizeBytes: number): void {
  const fd = openSync(path, 'w');
  const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, sizeBytes));
  for (let at = 0; at < sizeBytes; ) {
    randomFillSync(piece);
    at += writeSync(fd, piece, 0, Math.min(piece.length, sizeBytes - at));
  }
  closeSync(fd);
}

/** Turns one byte round, in place. */
export function changeByte(path: string, at: number): void {
  const fd = openSync(path, 'r+');
  writeSync(fd, Buffer.from([byteAt(fd, at) ^ 0xff]), 0, 1, at);
  closeSync(fd);
}

export function appendTo(path: string, bytes: Uint8Array): void {
  const fd = openSync(path, 'a');
  writeSync(fd, bytes);
  closeSync(fd);
}

/** 0 where there is none. */
export function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Undefined where there is none, or no such byte. */
export function byteOf(path: string, at: number): number | undefined {
  if (sizeOf(path) <= at) return undefined;
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return undefined;
  }
  const byte = byteAt(fd, at);
  closeSync(fd);
  return byte;
}

/** @throws where the two differ */
export function checkAlike(a: string, b: string): void {
  const [fdA, fdB] = [openSync(a, 'r'), openSync(b, 'r')];
  const [pieceA, pieceB] = [Buffer.allocUnsafe(PIECE_BYTES), Buffer.allocUnsafe(PIECE_BYTES)];
  try {
    if (fstatSync(fdA).size !== fstatSync(fdB).size) throw new Error(`${b} has not the size of ${a}`);
    for (let count = -1; count !== 0; ) {
      count = readSync(fdA, pieceA);
      readSync(fdB, pieceB);
      if (pieceA.subarray(0, count).compare(pieceB.subarray(0, count)) !== 0) throw new Error(`${b} is not like ${a}`);
    }
  } finally {
    closeSync(fdA);
    closeSync(fdB);
  }
}

function byteAt(fd: number, at: number): number {
  const byte = Buffer.alloc(1);
  readSync(fd, byte, 0, 1, at);
  return byte.readUInt8();
}
