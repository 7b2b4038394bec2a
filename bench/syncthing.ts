/**
 * Syncthing, both of its sides on this machine and nowhere else: no discovery, no relay, no upgrade, no report.
 *
 * Its two daemons talk over a connection of their own, through a proxy that counts and delays.
 *
 * @module
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { until } from '../test/harness/eventually.ts';
import { startProxy, type TcpProxy } from '../test/harness/proxy.ts';

/** The least that it takes. */
const WATCHER_DELAY_S = 1;
const API_KEY = 'bench';
const START_MS = 60_000;

export interface Syncthing extends AsyncDisposable {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly proxy: TcpProxy;
  /** When its daemons were started, by `performance.now()`. */
  readonly startedMs: number;
}

interface Device {
  readonly home: string;
  readonly id: string;
  readonly port: number;
  readonly gui: number;
  readonly folder: string;
}

export interface SyncthingOptions {
  readonly rttMs?: number;
  readonly bytesPerSecond?: number;
  /** Fills the folder before anything looks at it. */
  readonly prepare?: (from: string) => void;
}

export async function startSyncthing(
  place: string,
  { rttMs = 0, bytesPerSecond = Number.POSITIVE_INFINITY, prepare }: SyncthingOptions = {},
): Promise<Syncthing> {
  const [a, b] = [await prepareDevice(join(place, 'syncthing-a')), await prepareDevice(join(place, 'syncthing-b'))];
  const proxy = await startProxy({ targetPort: b.port, rttMs, bytesPerSecond });
  // B never dials: all that passes, passes the proxy.
  writeConfig(a, { other: b, address: `tcp://127.0.0.1:${proxy.port}` });
  writeConfig(b, { other: a, address: undefined });
  prepare?.(a.folder);
  const startedMs = performance.now();
  const children = [b, a].map(({ home }) =>
    spawn('syncthing', ['serve', `--home=${home}`, '--no-browser', '--no-restart', '--no-upgrade'], {
      env: { PATH: process.env.PATH, HOME: home, STNOUPGRADE: '1', STNODEFAULTFOLDER: '1' },
      stdio: 'ignore',
    }),
  );
  const close = async (): Promise<void> => {
    await Promise.all(children.map(end));
    await proxy[Symbol.asyncDispose]();
  };
  try {
    await until('both Syncthings are connected', () => isConnected(a, b.id), { timeoutMs: START_MS });
  } catch (error) {
    await close();
    throw error;
  }
  return {
    name: `syncthing, watcher delay ${WATCHER_DELAY_S} s`,
    from: a.folder,
    to: b.folder,
    proxy,
    startedMs,
    [Symbol.asyncDispose]: close,
  };
}

async function prepareDevice(home: string): Promise<Device> {
  const folder = `${home}-folder`;
  for (const each of [home, folder]) mkdirSync(each);
  // Its mark of a folder that is really there.
  mkdirSync(join(folder, '.stfolder'));
  const env = { PATH: process.env.PATH, HOME: home };
  execFileSync('syncthing', ['generate', `--home=${home}`, '--no-default-folder', '--skip-port-probing'], {
    env,
    stdio: 'ignore',
  });
  const id = execFileSync('syncthing', ['serve', `--home=${home}`, '--device-id'], { env, encoding: 'utf8' }).trim();
  return { home, id, port: await freePort(), gui: await freePort(), folder };
}

function writeConfig(
  { home, id, port, gui, folder }: Device,
  { other, address }: { readonly other: Device; readonly address: string | undefined },
): void {
  const device = (deviceId: string, at: string): string =>
    `<device id="${deviceId}" name="${deviceId.slice(0, 7)}" compression="metadata"><address>${at}</address></device>`;
  const lines = [
    '<configuration version="36">',
    `<folder id="bench" label="bench" path="${folder}" type="sendreceive" rescanIntervalS="3600" fsWatcherEnabled="true" fsWatcherDelayS="${WATCHER_DELAY_S}">`,
    `<device id="${id}"></device><device id="${other.id}"></device><minDiskFree unit="%">0</minDiskFree>`,
    '</folder>',
    // Without an address of the other's there is nobody to dial.
    device(id, 'dynamic'),
    device(other.id, address ?? 'dynamic'),
    `<gui enabled="true" tls="false"><address>127.0.0.1:${gui}</address><apikey>${API_KEY}</apikey></gui>`,
    '<options>',
    `<listenAddress>tcp://127.0.0.1:${port}</listenAddress>`,
    '<globalAnnounceEnabled>false</globalAnnounceEnabled>',
    '<localAnnounceEnabled>false</localAnnounceEnabled>',
    '<relaysEnabled>false</relaysEnabled>',
    '<natEnabled>false</natEnabled>',
    '<stunKeepaliveStartS>0</stunKeepaliveStartS>',
    '<startBrowser>false</startBrowser>',
    '<urAccepted>-1</urAccepted>',
    '<autoUpgradeIntervalH>0</autoUpgradeIntervalH>',
    '<crashReportingEnabled>false</crashReportingEnabled>',
    '<announceLANAddresses>false</announceLANAddresses>',
    '<reconnectionIntervalS>5</reconnectionIntervalS>',
    '<progressUpdateIntervalS>-1</progressUpdateIntervalS>',
    '</options>',
    '</configuration>',
  ];
  writeFileSync(join(home, 'config.xml'), `${lines.join('\n')}\n`);
}

async function isConnected({ gui }: Device, other: string): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${gui}/rest/system/connections`, { headers: { 'X-API-Key': API_KEY } });
  const { connections } = (await answer.json()) as { connections?: Record<string, { connected?: boolean }> };
  return connections?.[other]?.connected === true;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('close', () => resolve());
    child.kill('SIGKILL');
  });
}
