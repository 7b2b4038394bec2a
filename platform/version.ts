import manifest from '../package.json' with { type: 'json' };

/** Of this dsync. */
export const VERSION: string = manifest.version;
