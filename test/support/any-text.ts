import * as fc from 'fast-check'

const codePoint = fc
  .integer({ min: 0, max: 0x10_ffff })
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code))

/**
 * Any text of Unicode, like fast-check's own `unit: 'binary'`, which first makes a table of all code points: a second or two of
 * the processor in each file that has one.
 */
export const anyText = (limits: { readonly minLength?: number; readonly maxLength?: number }) =>
  fc.string({ ...limits, unit: codePoint })
