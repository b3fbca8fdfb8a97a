/**
 * Loaded into a process with `--import`: its clock is as wrong as the file CLOCK_FILE says, in milliseconds, as far as a
 * program can tell. Timers go on as they do when a real clock is set.
 */
import { readFileSync } from 'node:fs'

const RightDate = Date
let shiftMs = 0

function look() {
  try {
    shiftMs = Number(readFileSync(process.env.CLOCK_FILE, 'utf8'))
  } catch {
    shiftMs = 0
  }
}

look()
setInterval(look, 100).unref()

globalThis.Date = class Date extends RightDate {
  constructor(...args) {
    if (args.length === 0) super(RightDate.now() + shiftMs)
    else super(...args)
  }

  static now() {
    return RightDate.now() + shiftMs
  }
}
