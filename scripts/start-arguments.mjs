/**
 * What `npm start` runs: the hub when a VWO account is configured, else everything locally.
 * A command in the arguments (`npm start -- status`) goes first.
 *
 * @param {string[]} args after `npm start --`
 * @param {Record<string, string | undefined>} env
 * @returns {string[]} arguments of `vwo-hub`
 */
export function startArguments(args, env) {
  const [first] = args
  if (first !== undefined && !first.startsWith('-')) return args
  const isConfigured = Boolean(env.VWO_ACCOUNT_ID || env.HUB_CONFIG)
  return [isConfigured ? 'serve' : 'dev', ...args]
}
