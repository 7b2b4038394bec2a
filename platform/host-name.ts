import { hostname } from 'node:os';
import * as z from 'zod';

const HOST_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$/;

/** The short name of a host: it stands in paths.txt, in file names of conflict copies, and on the command line. */
export const hostNameSchema = z
  .string()
  .regex(HOST_NAME, 'A host name is 1 to 40 of the characters A-Z a-z 0-9 . _ - and starts with a letter or digit');

export function isHostName(text: string): boolean {
  return HOST_NAME.test(text);
}

/** What this host calls itself where the settings say nothing: the first part of its hostname. */
export function ownHostName(name = hostname()): string {
  const short = (name.split('.')[0] ?? '')
    .replace(/[^A-Za-z0-9_-]/g, '-')
    .replace(/^[_-]+/, '')
    .slice(0, 40);
  return short || 'host';
}
