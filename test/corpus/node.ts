import type { Sample } from './sample.ts';

export const NODE: readonly Sample[] = [
  {
    name: 'vite app, pnpm by packageManager',
    files: {
      'package.json':
        '{"name":"app","scripts":{"dev":"vite","build":"vite build","preview":"vite preview","test":"vitest","prepare":"husky"},"packageManager":"pnpm@9.1.0"}',
    },
    kinds: ['node'],
    commands: ['dev: pnpm dev', 'preview: pnpm preview', 'test: pnpm test', 'build: pnpm build'],
  },
  {
    name: 'next app, npm by lock file',
    files: {
      'package.json':
        '{"name":"app","scripts":{"dev":"next dev","build":"next build","start":"next start","lint":"next lint"}}',
      'package-lock.json': '{}',
    },
    kinds: ['node'],
    commands: ['dev: npm run dev', 'start: npm run start', 'build: npm run build', 'lint: npm run lint'],
  },
  {
    name: 'yarn by lock file, pre and post scripts hidden',
    files: {
      'package.json':
        '{"name":"app","scripts":{"predev":"x","dev":"nodemon .","postdev":"y","preview":"vite preview","prepare":"z"}}',
      'yarn.lock': '',
    },
    kinds: ['node'],
    commands: ['dev: yarn dev', 'preview: yarn preview'],
  },
  {
    name: 'bun by lock file',
    files: {
      'package.json': '{"name":"app","scripts":{"dev":"bun --watch index.ts"}}',
      'bun.lockb': '',
      'index.ts': '',
    },
    kinds: ['bun'],
    commands: ['dev: bun run dev'],
  },
  {
    name: 'two lock files, the field decides',
    files: {
      'package.json': '{"name":"app","scripts":{"start":"node ."},"packageManager":"yarn@4.0.0"}',
      'yarn.lock': '',
      'package-lock.json': '{}',
    },
    kinds: ['node'],
    commands: ['start: yarn start'],
    notes: ['package-lock.json is there as well; yarn is used, from packageManager'],
  },
  {
    name: 'pnpm by devEngines',
    files: { 'package.json': '{"name":"app","scripts":{"dev":"x"},"devEngines":{"packageManager":{"name":"pnpm"}}}' },
    kinds: ['node'],
    commands: ['dev: pnpm dev'],
  },
  {
    name: 'pnpm by what is installed',
    files: { 'package.json': '{"name":"app","scripts":{"dev":"x"}}', 'node_modules/.pnpm/lock.yaml': '' },
    kinds: ['node'],
    commands: ['dev: pnpm dev'],
  },
  {
    name: 'bun by engines',
    files: { 'package.json': '{"name":"app","scripts":{"dev":"x"},"engines":{"bun":">=1"}}' },
    kinds: ['bun'],
    commands: ['dev: bun run dev'],
  },
  {
    name: 'a script called as a command of pnpm',
    files: { 'package.json': '{"name":"app","scripts":{"deploy":"x","start":"node ."}}', 'pnpm-lock.yaml': '' },
    kinds: ['node'],
    commands: ['start: pnpm start', 'deploy: pnpm run deploy'],
  },
  {
    name: 'no scripts, a framework',
    files: { 'package.json': '{"name":"a","dependencies":{"astro":"5"}}', 'astro.config.mjs': '' },
    kinds: ['node'],
    commands: ['dev: npx astro dev'],
  },
  {
    name: 'no scripts, a main file',
    files: { 'package.json': '{"name":"a","main":"./lib/start.js"}', 'lib/start.js': '' },
    kinds: ['node'],
    commands: ['start: node lib/start.js'],
  },
  {
    name: 'no scripts, a program',
    files: { 'package.json': '{"name":"a","bin":{"tool":"./bin/tool.js"}}', 'bin/tool.js': '' },
    kinds: ['node'],
    commands: ['start: node bin/tool.js'],
  },
  {
    name: 'tests only, with vite',
    files: {
      'package.json': '{"name":"app","scripts":{"test":"vitest","build":"vite build"}}',
      'vite.config.ts': '',
      'pnpm-lock.yaml': '',
    },
    kinds: ['node'],
    commands: ['dev: pnpm exec vite', 'test: pnpm test', 'build: pnpm build'],
  },
  {
    name: 'broken package.json',
    files: { 'package.json': '{ "name": "x",\n  "scripts": {,\n', Makefile: 'run:\n\tnode .\n' },
    kinds: ['node', 'make'],
    commands: ['run: make run'],
    faults: ['package.json:2'],
  },
  {
    name: 'angular',
    files: { 'package.json': '{"name":"a"}', 'angular.json': '{}' },
    kinds: ['node'],
    commands: ['dev: npx ng serve'],
  },
  {
    name: 'deno',
    files: { 'deno.json': '{"tasks":{"dev":"deno run --watch main.ts","fmt":"deno fmt"}}', 'main.ts': '' },
    kinds: ['deno'],
    commands: ['dev: deno task dev', 'test: deno test', 'fmt: deno task fmt'],
  },
  {
    name: 'deno with comments, no tasks',
    files: { 'deno.jsonc': '{\n // nothing yet\n "imports": {},\n}', 'main.ts': '' },
    kinds: ['deno'],
    commands: ['run: deno run main.ts', 'test: deno test'],
  },
  {
    name: 'express, start and watch',
    files: {
      'package.json':
        '{"name":"app","scripts":{"start":"node server.js","watch":"nodemon server.js","db:seed":"node seed.js"}}',
    },
    kinds: ['node'],
    commands: ['start: npm run start', 'watch: npm run watch', 'db:seed: npm run db:seed'],
  },
];
