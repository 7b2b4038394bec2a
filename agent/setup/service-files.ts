/**
 * What starts the agent when the user logs in or the machine starts: a systemd user unit, a launchd agent, a line of a
 * crontab. Pure.
 *
 * @module
 */
import { quoteWords } from '../../platform/quote-words.ts';
import { MARK } from './marked-line.ts';

export interface ServiceFacts {
  /** Starts `dsync`. */
  readonly command: readonly string[];
  /** What resolves dsync's own folders, where the user has set it. */
  readonly env: Readonly<Record<string, string>>;
}

/** Services have a PATH of their own; ssh, rsync and git of Homebrew lie outside of it. */
const SERVICE_PATH =
  '/opt/homebrew/bin:/home/linuxbrew/.linuxbrew/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
export const UNIT_NAME = 'dsync.service';
export const LAUNCHD_LABEL = 'dev.dsync.agent';
/** Stands in what setup wrote, and in nothing else. */
export const WRITTEN_BY = 'Written by dsync setup';
const OURS = `${WRITTEN_BY}; dsync setup --uninstall takes it away.`;

/** Of the environment, what decides where dsync's own files lie. */
export function serviceEnv(env: NodeJS.ProcessEnv): Record<string, string> {
  const names = ['DSYNC_HOME', 'XDG_CONFIG_HOME', 'XDG_STATE_HOME', 'XDG_DATA_HOME'];
  return Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
}

/** Source: systemd.service(5) on quoting, systemd.exec(5) on Environment=. */
export function systemdUnit({ command, env }: ServiceFacts): string {
  const quote = (word: string): string => `"${word.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%')}"`;
  const words = [...command, 'start', '--foreground'].map((word) => quote(word).replaceAll('$', '$$$$'));
  const variables = Object.entries({ PATH: SERVICE_PATH, ...env }).map(
    ([name, value]) => `Environment=${quote(`${name}=${value}`)}`,
  );
  return `# ${OURS}
[Unit]
Description=dsync: folders identical on all your machines

[Service]
ExecStart=${words.join(' ')}
${variables.join('\n')}
Restart=on-failure
RestartSec=2
TimeoutStopSec=30

[Install]
WantedBy=default.target
`;
}

/** Source: launchd.plist(5). */
export function launchdPlist({ command, env }: ServiceFacts): string {
  const escapeXml = (text: string): string =>
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
  const strings = [...command, 'start', '--foreground'].map((word) => `    <string>${escapeXml(word)}</string>`);
  const variables = Object.entries({ PATH: SERVICE_PATH, ...env }).map(
    ([name, value]) => `    <key>${escapeXml(name)}</key>\n    <string>${escapeXml(value)}</string>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<!-- ${OURS.replace('dsync setup --uninstall', 'its uninstaller')} -->
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${LAUNCHD_LABEL}</string>
  <key>ProgramArguments</key>
  <array>
${strings.join('\n')}
  </array>
  <key>EnvironmentVariables</key>
  <dict>
${variables.join('\n')}
  </dict>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ProcessType</key>
  <string>Interactive</string>
</dict>
</plist>
`;
}

/** Source: crontab(5): an unescaped `%` is a line break. */
export function crontabLine({ command, env }: ServiceFacts): string {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${quoteWords([value])}`);
  const line = [...variables, quoteWords([...command, 'start'])].join(' ');
  return `@reboot ${line.replaceAll('%', '\\%')} >/dev/null 2>&1 ${MARK}`;
}
