/** Filled in when the program is bundled: 16 hex digits, alike for the same content. */
const STAMP = '@@dsync-build@@@';

/** Names this very build; undefined where the sources run as they are. */
export const BUILD: string | undefined = STAMP.startsWith('@') ? undefined : STAMP;
