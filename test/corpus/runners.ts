import type { Sample } from './sample.ts';

export const RUNNERS: readonly Sample[] = [
  {
    name: 'compose',
    files: { 'compose.yaml': 'services:\n  web:\n    ports: ["8080:80"]\n  db:\n    image: postgres\n' },
    kinds: ['compose'],
    commands: ['up: docker compose up', 'up:web: docker compose up web', 'up:db: docker compose up db'],
  },
  {
    name: 'compose beside node',
    files: {
      'docker-compose.yml': 'services:\n  db:\n    ports:\n      - published: 5432\n        target: 5432\n',
      'package.json': '{"name":"app","scripts":{"dev":"x"}}',
    },
    kinds: ['node', 'compose'],
    commands: ['dev: npm run dev', 'up: docker compose up'],
  },
  {
    name: 'procfile',
    files: { Procfile: 'web: python app.py $PORT\nworker: celery\n# note\n' },
    kinds: ['procfile'],
    commands: ['all: web + worker', 'web: python app.py $PORT', 'worker: celery'],
  },
  {
    name: 'make that would run a shell',
    files: {
      Makefile:
        'V := $(shell touch pwned)\nCC ?= cc\n.PHONY: run test\n## starts it\nrun: build ## runs it\n\t./x\nbuild test: x.o\n\t$(CC)\nx.o: x.c\n%.o: %.c\nVAR: A = b\ndefine F\nfake:\nendef\n',
    },
    kinds: ['make'],
    commands: ['run: make run', 'test: make test', 'build: make build'],
  },
  {
    name: 'just',
    files: {
      justfile:
        'set shell := ["sh"]\nx := `touch pwned`\n\n# serve it\ndev port="3000":\n  echo\n\n[private]\nhidden:\n  x\ndeploy target:\n  x\n_own:\n  x\ntest *args: dev\n  x\n',
    },
    kinds: ['just'],
    commands: ['dev: just dev', 'test: just test'],
  },
  {
    name: 'taskfile',
    files: {
      'Taskfile.yml': 'version: "3"\ntasks:\n  dev:\n    desc: runs\n    cmds: [x]\n  own:\n    internal: true\n',
    },
    kinds: ['task'],
    commands: ['dev: task dev'],
  },
  {
    name: 'mise tasks',
    files: {
      'mise.toml':
        '[tools]\nnode = "22"\n[tasks.dev]\nrun = "node ."\ndescription = "runs"\n[tasks]\nlint = "eslint"\n',
    },
    kinds: ['mise'],
    commands: ['dev: mise run dev', 'lint: mise run lint'],
  },
  {
    name: 'mise for tools alone',
    files: { 'mise.toml': '[tools]\nnode = "22"\n', 'index.html': '' },
    kinds: ['static'],
    commands: ['serve: npx serve'],
  },
  {
    name: 'vs code',
    files: {
      '.vscode/tasks.json':
        '{ // c\n "tasks": [ {"label":"build","type":"shell","command":"make all"}, {"label":"x","type":"npm","script":"dev"}, {"label":"odd","type":"shell","command":"${input:x}"} ] }',
      '.vscode/launch.json':
        '{"configurations":[{"name":"Server","type":"node","request":"launch","program":"${workspaceFolder}/server.js","env":{"A":"1"},"preLaunchTask":"build"},{"name":"Attach","type":"node","request":"attach"},{"name":"Py","type":"debugpy","request":"launch","module":"api","cwd":"${workspaceFolder}/py"},{"name":"Chrome","type":"chrome","request":"launch"}]}',
    },
    kinds: ['vscode'],
    commands: ['Server: node server.js', 'Py: (in py) python3 -m api', 'build: make all'],
  },
  {
    name: 'jetbrains',
    files: {
      '.run/Dev.run.xml':
        '<component><configuration name="Dev" type="js.build_tools.npm"><scripts><script value="dev" /></scripts></configuration></component>',
      '.idea/runConfigurations/S.xml':
        '<component><configuration name="Seed" type="ShConfigurationType"><option name="SCRIPT_TEXT" value="./seed.sh &quot;a&quot;" /></configuration></component>',
    },
    kinds: ['jetbrains'],
    commands: ['Dev: npm run dev', 'Seed: ./seed.sh "a"'],
  },
  {
    name: 'development container',
    files: { '.devcontainer/devcontainer.json': '{ "forwardPorts": [3000] }' },
    kinds: ['devcontainer'],
    commands: ['container: devcontainer up --workspace-folder .'],
  },
  {
    name: '.dsync.json wins',
    files: {
      '.dsync.json':
        '{"launch":{"default":"all","commands":{"db":{"run":"docker run db","port":5432},"api":{"run":["node","api.js"],"after":["db"],"env":{"A":"b"}},"all":{"start":["db","api"]}}}}',
      'package.json': '{"name":"app","scripts":{"dev":"x"}}',
    },
    kinds: ['node', 'dsync'],
    commands: ['all: db + api', 'db: docker run db', 'api: node api.js', 'dev: npm run dev'],
  },
  {
    name: '.dsync.json that is wrong',
    files: {
      '.dsync.json': '{\n "launch": {\n  "commands": {\n   "a": { "port": "x" }\n  }\n }\n}',
      'package.json': '{"name":"app","scripts":{"dev":"x"}}',
    },
    kinds: ['node'],
    commands: ['dev: npm run dev'],
    faults: ['.dsync.json:4'],
  },
  {
    name: 'a bare repository',
    files: { '.git/HEAD': 'ref: refs/heads/main\n', 'notes.txt': '' },
    kinds: ['git'],
    commands: [],
  },
  { name: 'nothing', files: { 'notes.txt': '' }, kinds: [], commands: [] },
];
