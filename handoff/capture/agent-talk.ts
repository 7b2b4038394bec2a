/**
 * The talk of an assistant that runs in a terminal, so that it can be taken up again.
 *
 * Source: Claude Code keeps each as `~/.claude/projects/<folder, each / and . a ->/<uuid>.jsonl`.
 *
 * @module
 */
import { readdirSync, statSync } from 'node:fs';

export interface Talk {
  readonly tool: 'claude';
  readonly sessionId: string;
  readonly path: string;
}

/** The one that was written to last since the program was started; undefined for none. */
export function talkIn(cwd: string, home: string, startedMs: number, taken: ReadonlySet<string>): Talk | undefined {
  const folder = `${home}/.claude/projects/${cwd.replace(/[/.]/g, '-')}`;
  try {
    const talks = readdirSync(folder).flatMap((name) => {
      const [, sessionId] = /^([0-9a-f-]{36})\.jsonl$/.exec(name) ?? [];
      if (sessionId === undefined || taken.has(sessionId)) return [];
      const path = `${folder}/${name}`;
      return [{ tool: 'claude' as const, sessionId, path, mtimeMs: statSync(path).mtimeMs }];
    });
    return talks.filter(({ mtimeMs }) => mtimeMs >= startedMs - 1_000).sort((a, b) => b.mtimeMs - a.mtimeMs)[0];
  } catch {
    return undefined;
  }
}
