import { buildIfStale } from './build.mjs';

/** Whole agents are started from dist/, so it must be what the sources say. */
export default async function setup() {
  await buildIfStale();
}
