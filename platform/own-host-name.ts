import { hostname } from 'node:os';

export const HOST_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$/;

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
