/**
 * What `npm start`, `npm test` and the other long tasks run: takes a bare clone to a running project with Node and npm.
 * It checks Node, brings the packages, a Redis server and, for the tests, Chromium, and says nothing when all of that is
 * there. Programs come by apt-get, apk or dnf, as root or by a sudo that asks for no password, or Redis by brew.
 *
 *     node scripts/bootstrap.mjs start|test|build|pack|prepack|bench|bench:scaling|chaos|interop|newcomer|examples [arguments]
 *
 * This file and what it imports statically must load in any Node that knows modules, to say which one is needed.
 */
import { readFileSync } from 'fs'
import { nodeComplaint } from './node-version.mjs'

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const complaint = nodeComplaint(process.versions.node, manifest.engines.node)

/**
 * Says what is wrong and what to do, without a stack trace.
 *
 * @param {Error} error
 */
function stop(error) {
  console.error(error.message)
  process.exit(2)
}

if (complaint === undefined) {
  import('./tasks.mjs')
    .then((tasks) => tasks.runTask(process.argv[2], process.argv.slice(3), manifest.packageManager))
    .catch(stop)
} else {
  stop(new Error(complaint))
}
