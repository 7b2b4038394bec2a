/** In the order of their numbers, from 1. */
export const SCENARIO_NAMES = [
  'file sync',
  'real-time watching',
  'both directions',
  'conflict',
  'git repository',
  'session handoff',
  'launcher',
  'discovery',
  'environment',
  'performance',
  'the whole workflow',
] as const;
