import { hash } from 'node:crypto'

/** SHA-256 in hexadecimal digits, as `meta` and messages have it. */
export const sha256Of = (text: string | Uint8Array): string => hash('sha256', text)
