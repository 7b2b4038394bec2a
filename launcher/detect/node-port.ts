/**
 * The port on which a development server will listen, as far as a script's text tells.
 *
 * @module
 */
import type { PortHint } from '../core/command.ts';

interface Server {
  /** The program's name, as a word of the script. */
  readonly word: RegExp;
  readonly number: number;
  /** Before a number; the variable `PORT` where absent. */
  readonly flag?: readonly string[];
}

const SERVERS: readonly Server[] = [
  { word: /\bnext (dev|start)\b|\bnext$/, number: 3000, flag: ['--port'] },
  { word: /\bvite preview\b/, number: 4173, flag: ['--port'] },
  { word: /\bvite\b|\bvite dev\b|\bsvelte-kit\b/, number: 5173, flag: ['--port'] },
  { word: /\bastro (dev|preview|start)\b/, number: 4321, flag: ['--port'] },
  { word: /\b(nuxt|nuxi) (dev|preview|start)\b/, number: 3000, flag: ['--port'] },
  { word: /\bng serve\b/, number: 4200, flag: ['--port'] },
  { word: /\bstorybook\b/, number: 6006, flag: ['--port'] },
  { word: /\bgatsby develop\b/, number: 8000, flag: ['--port'] },
  {
    word: /\bvue-cli-service serve\b|\bwebpack(-dev-server| serve| dev-server)\b|\beleventy\b/,
    number: 8080,
    flag: ['--port'],
  },
  { word: /\bdocusaurus start\b/, number: 3000, flag: ['--port'] },
  { word: /\bwrangler( pages)? dev\b/, number: 8787, flag: ['--port'] },
  { word: /\bexpo start\b|\breact-native start\b/, number: 8081, flag: ['--port'] },
  { word: /\bparcel\b/, number: 1234, flag: ['--port'] },
  { word: /\b(remix|react-router) (dev|vite:dev)\b/, number: 5173, flag: ['--port'] },
  { word: /\breact-scripts start\b/, number: 3000 },
  { word: /\bstrapi (develop|start)\b/, number: 1337 },
];

/** Pure. A number in the script itself is taken before what its program does by itself. */
export function nodePort(script: string): PortHint | undefined {
  const server = SERVERS.find(({ word }) => word.test(script));
  const [, inFlag] = /(?:--port[= ]|\s-p[ =]?)(\d{2,5})\b/.exec(script) ?? [];
  if (inFlag !== undefined) return { number: Number(inFlag), flag: server?.flag ?? ['--port'] };
  const [, inVariable] = /\bPORT=(\d{2,5})\b/.exec(script) ?? [];
  if (inVariable !== undefined) return { number: Number(inVariable), ...(server?.flag ? { flag: server.flag } : {}) };
  return server === undefined ? undefined : { number: server.number, ...(server.flag ? { flag: server.flag } : {}) };
}
