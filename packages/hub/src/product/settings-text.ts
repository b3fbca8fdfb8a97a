/** A settings-file in UTF-8. Threads decode it: of megabytes that alone would stall the hub. Its own does so with what is small enough to be part of a message. */
export type SettingsText = Uint8Array
