/** A settings-file in UTF-8. Threads decode it, and nobody else: of megabytes that alone would stall the hub. */
export type SettingsText = Uint8Array
