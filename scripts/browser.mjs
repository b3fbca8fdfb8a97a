import { byApt, ensureProgram, findOnPath } from './install.mjs'

/**
 * Each of these can be the browser that the tests of the dashboard run. The shell is Chromium without windows: it opens a
 * page at a quarter of the cost.
 */
const browsers = [
  'chromium-headless-shell',
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
]

/** @type {import('./install.mjs').Need} */
const browser = {
  what: 'Chromium',
  name: 'Chromium',
  programs: browsers,
  installers: [
    byApt(['chromium-headless-shell']),
    { tool: 'apk', needsRoot: true, commands: [['apk', 'add', 'chromium']] },
    { tool: 'dnf', needsRoot: true, commands: [['dnf', 'install', '-y', 'chromium']] },
  ],
  remedy: 'Install Chromium or Chrome, and have it on PATH. The tests of the dashboard fail without it.',
}

/**
 * Makes sure that there is a browser for the tests; installs one where none is.
 *
 * @param {{ isRoot?: boolean }} [options]
 */
export async function ensureBrowser(options) {
  await ensureProgram(browser, options)
}

/** @returns {string} the path of the browser */
export function findBrowser() {
  for (const name of browsers) {
    const path = findOnPath(name)
    if (path !== undefined) return path
  }
  throw new Error(`Expected one of ${browsers.join(', ')} on PATH, found none. ${browser.remedy}`)
}
