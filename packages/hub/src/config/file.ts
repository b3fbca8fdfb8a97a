import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import type { EnvironmentConfig, EnvironmentDefaults } from './hub-config.ts'
import { explainIssue, placeOf } from '../untrusted/issue.ts'
import { readConfigJson } from './config-json.ts'
import {
  accountId,
  baseUrl,
  DEFAULT_BASE_URL,
  environmentName,
  guardReleaseAfterMs,
  productName,
  secret,
  secretList,
  value,
} from './values.ts'
import { products } from '../product/products.ts'
import { repeatedNames } from './repeated-names.ts'
import { expectationOf, hidden, reasonOf, shown, type Variables } from './variables.ts'

const text = value('text that is not empty', (given) => (given === '' ? undefined : given))

const environmentSchema = z.strictObject({
  product: productName.default('fullstack'),
  accountId: z
    .union([z.number(), z.string()], { error: 'the number of a VWO account' })
    .transform(String)
    .pipe(accountId),
  sdkKey: secret.optional(),
  sdkKeyFile: text.optional(),
  sdkKeyEnv: text.optional(),
  webhookSecrets: z.array(secret).optional(),
  webhookSecretsFile: text.optional(),
  webhookSecretsEnv: text.optional(),
  allowUnauthenticatedWebhooks: z.boolean().default(false),
  baseUrl: baseUrl.default(DEFAULT_BASE_URL),
  sdk: text.optional(),
  sdkVersion: text.optional(),
  guard: z
    .union(
      [
        z.literal('off'),
        z.strictObject({ releaseAfterMs: z.number().transform(String).pipe(guardReleaseAfterMs) }),
      ],
      {
        error: '"off" or an object with releaseAfterMs',
      },
    )
    .optional(),
  preview: z.boolean().optional(),
})

type Entry = z.output<typeof environmentSchema>

const fileSchema = z.strictObject({ environments: z.record(z.string(), environmentSchema) })

/**
 * Reads the file of `HUB_CONFIG`, an object with `environments` by name. A secret stands in it (`sdkKey`), in a file
 * of its own (`sdkKeyFile`, relative to the folder of this one), or in an environment variable (`sdkKeyEnv`).
 */
export function readEnvironmentsFile(
  path: string,
  variables: Variables,
  common: EnvironmentDefaults,
): EnvironmentConfig[] {
  return readEntries(path, variables).map(([name, entry]) => {
    const place = `HUB_CONFIG: ${placeOf(['environments', name])}`
    const { error } = environmentName.safeParse(name)
    if (error !== undefined)
      variables.fault(`${place}: expected ${expectationOf(error)}, got ${shown(name)}.`)
    return readEntry(name, entry, { place, folder: dirname(path), variables, common })
  })
}

function readEntries(path: string, variables: Variables): [string, Entry][] {
  const json = readConfigJson(path, variables)
  if (json === undefined) return []
  for (const place of repeatedNames(json.content)) {
    variables.fault(`HUB_CONFIG: ${place}: expected it once, got it twice.`)
  }
  const { data, error } = fileSchema.safeParse(json.value, { reportInput: true })
  for (const issue of error?.issues ?? []) variables.fault(`HUB_CONFIG: ${explainIssue(issue)}.`)
  const entries = Object.entries(data?.environments ?? {})
  if (data !== undefined && entries.length === 0)
    variables.fault('HUB_CONFIG: environments: expected at least one environment, got none.')
  return entries
}

interface Surroundings {
  readonly place: string
  readonly folder: string
  readonly variables: Variables
  /** Where an environment says nothing of its own. */
  readonly common: EnvironmentDefaults
}

function readEntry(name: string, entry: Entry, surroundings: Surroundings): EnvironmentConfig {
  const { accountId: account, allowUnauthenticatedWebhooks, baseUrl: url, product } = entry
  const { sdk = products[product].sdk.name, sdkVersion = products[product].sdk.version } = entry
  const { place, variables } = surroundings
  const webhookSecrets = readSecret('webhookSecrets', entry, secretList, surroundings)
  const sdkKey = readSecret('sdkKey', entry, secret, surroundings)
  if (!isGiven('sdkKey', entry))
    variables.fault(`${place}: expected sdkKey, sdkKeyFile or sdkKeyEnv, got none of them.`)
  if (!isGiven('webhookSecrets', entry) && !allowUnauthenticatedWebhooks)
    variables.fault(
      `${place}: expected webhookSecrets, webhookSecretsFile or webhookSecretsEnv, got none. ` +
        'To take webhooks from anybody, set "allowUnauthenticatedWebhooks": true.',
    )
  return {
    name,
    product,
    accountId: account,
    sdkKey: sdkKey ?? '',
    webhookSecrets: webhookSecrets ?? [],
    allowUnauthenticatedWebhooks,
    baseUrl: url,
    sdk,
    sdkVersion,
    guard: guardOf(entry, surroundings.common),
    preview: entry.preview ?? surroundings.common.preview,
  }
}

function guardOf({ guard }: Entry, { guard: general }: EnvironmentDefaults): EnvironmentDefaults['guard'] {
  if (guard === undefined) return general
  return guard === 'off' ? { ...general, isOn: false } : { isOn: true, ...guard }
}

const placesOf = <F extends string>(field: F) => [field, `${field}File`, `${field}Env`] as const

/** Whether a secret is given in any of its places, good or not; an empty list is none. */
function isGiven(field: 'sdkKey' | 'webhookSecrets', entry: Entry): boolean {
  return placesOf(field).some((name) => entry[name] !== undefined && entry[name].length > 0)
}

/** A secret from the one of its three places that is given. */
function readSecret<F extends 'sdkKey' | 'webhookSecrets'>(
  field: F,
  entry: Entry,
  schema: z.ZodType<NonNullable<Entry[F]>, string>,
  { place, folder, variables }: Surroundings,
): Entry[F] {
  const places = placesOf(field)
  const given = places.filter((name) => entry[name] !== undefined)
  if (given.length > 1)
    variables.fault(`${place}: expected one of ${places.join(', ')}, got ${given.join(' and ')}.`)
  const [path, variable] = [entry[`${field}File`], entry[`${field}Env`]]
  if (entry[field] !== undefined || (path === undefined && variable === undefined)) return entry[field]

  const source = `${place}.${path === undefined ? `${field}Env` : `${field}File`}`
  try {
    const content =
      path === undefined ? variables.text(variable ?? '') : variables.readFile(resolve(folder, path)).trim()
    if (content === undefined || content === '') {
      variables.fault(`${source}: expected it to lead to a secret, got nothing there.`)
      return undefined
    }
    const { data, error } = schema.safeParse(content)
    if (error !== undefined)
      variables.fault(`${source}: expected ${expectationOf(error)}, got ${hidden(content)}.`)
    return data
  } catch (error) {
    variables.fault(`${source}: cannot read the file: ${reasonOf(error)}.`)
    return undefined
  }
}
