/** Stands for all names that are none, where something is counted by environment; it cannot be the name of one. */
export const UNKNOWN_ENVIRONMENT = ''
