/** Begins the name of a session that is being put up: until it is complete it counts for nothing. */
export const UNFINISHED = 'dsync-unfinished';
