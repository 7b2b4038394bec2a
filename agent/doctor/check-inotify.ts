import { formatCount } from '../../platform/format.ts';
import type { Check } from './check.ts';
import type { Context } from './context.ts';
import { readInotifyUse } from './inotify.ts';

const NEARLY = 0.9;

export function checkInotify({ agent }: Context): Check {
  return {
    name: 'inotify',
    deadlineMs: 8000,
    async run(notes) {
      const use = await readInotifyUse();
      if (use === undefined) {
        notes.detail('not used here');
        return;
      }
      const { watches, maxWatches, instances, maxInstances } = use;
      notes.detail(`${watches} of ${maxWatches} watches, ${instances} of ${maxInstances} instances`);
      if (instances > NEARLY * maxInstances) {
        notes.finding('INOTIFY_INSTANCES', `${instances} of ${maxInstances} inotify instances are in use`);
      }
      if (watches > NEARLY * maxWatches) {
        notes.finding('INOTIFY_WATCHES_LOW', `${watches} of ${maxWatches} inotify watches are in use`);
      }
      const answer = await agent();
      if (answer.kind !== 'up') return;
      for (const { name, watch } of answer.status.roots) {
        if (watch.unwatched > 0)
          notes.finding('INOTIFY_WATCHES', `${formatCount(watch.unwatched, 'folder')} of ${name} cannot be watched`);
      }
    },
  };
}
