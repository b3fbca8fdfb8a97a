/**
 * @param {string} version of Node that runs, as in `process.versions.node`
 * @param {string} range as in `engines.node`, of the form `>=20.19`
 * @returns {string | undefined} what to tell the user, when this Node is too old
 */
export function nodeComplaint(version, range) {
  const needed = range.replace(/^>=\s*/, '')
  return isAtLeast(version, needed)
    ? undefined
    : `vwo-hub needs Node ${needed} or later, this is Node ${version}. ` +
        'Install a newer one from https://nodejs.org, or with a version manager: nvm install 22.'
}

/**
 * @param {string} version
 * @param {string} needed
 */
function isAtLeast(version, needed) {
  const have = version.split('.').map(Number)
  for (const [index, number] of needed.split('.').map(Number).entries()) {
    const own = have[index] || 0
    if (own !== number) return own > number
  }
  return true
}
