/**
 * Says on the console, which fails the run, when a test's process asks anybody outside of this machine: what an SDK sends past
 * its stand-in goes to VWO itself, from whoever runs the tests; and it tries that again while later tests run.
 */
const dns = require('node:dns')
const { isIP } = require('node:net')

const { lookup } = dns

dns.lookup = Object.assign(
  /** @param {string} name @param {unknown[]} rest */
  (name, ...rest) => {
    const isHere = isIP(name) !== 0 || name === 'localhost' || name.endsWith('.invalid')
    if (!isHere) console.error(`A test asked for ${name}, or one before it.`)
    Reflect.apply(lookup, dns, [name, ...rest])
  },
  lookup,
)
