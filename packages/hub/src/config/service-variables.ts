/**
 * What Kubernetes puts into every pod for each Service of its namespace (and Docker for a link): for one named `hub`,
 * `HUB_PORT=tcp://10.96.12.3:8080`, `HUB_SERVICE_HOST` and some more. Nobody meant them for us.
 *
 * @module
 */

const name =
  /_(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z\d_]+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)$/

const link = /^(?:tcp|udp|sctp):\/\/\S+:\d+$/

/** Whether a variable tells where a Service is: by its name, or, where that could be one of ours, by its value. */
export function isServiceVariable(variable: string, value: string): boolean {
  return name.test(variable) || (variable.endsWith('_PORT') && link.test(value))
}
