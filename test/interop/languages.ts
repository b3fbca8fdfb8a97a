import { execFile } from 'node:child_process'
import { cp, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const examples = join(import.meta.dirname, '../../examples/other-languages')

/** A program of the examples. */
export interface Program {
  readonly program: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** How the examples of a language are run, and with which SDK. */
export interface Example extends Program {
  /** Those that decide once, for `CAMPAIGN` and `USER_ID`, and end. */
  readonly once: Readonly<Record<string, Program>>
  readonly sdk: string
}

/** Gets the SDK of a language into a folder and makes its example runnable. Rejects where that cannot be done here. */
export type Prepare = (scratch: string) => Promise<Example>

/** A path that is given by a variable, for SDKs that no registry has. */
function given(variable: string): string {
  const path = process.env[variable]
  if (path === undefined || path === '') throw new Error(`${variable} does not name an SDK`)
  return path
}

async function python(scratch: string): Promise<Example> {
  await run('python3', ['-m', 'venv', scratch])
  await run(join(scratch, 'bin/pip'), ['install', '--quiet', 'vwo-python-sdk', 'redis'])
  const { stdout } = await run(join(scratch, 'bin/pip'), ['show', 'vwo-python-sdk'])
  const program = join(scratch, 'bin/python')
  return {
    program,
    args: [join(examples, 'python/follow.py')],
    once: { 'over HTTP': { program, args: [join(examples, 'python/over_http.py')] } },
    sdk: `vwo-python-sdk ${/^Version: (.*)$/m.exec(stdout)?.[1]}`,
  }
}

/** The newest version that the registry has; `VWO_JAVA_SDK` names a jar instead. */
async function java(scratch: string): Promise<Example> {
  const dependency = (group: string, artifact: string, version: string) =>
    `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`
  const dependencies = [
    dependency('redis.clients', 'jedis', '[5,6)'),
    dependency('com.vwo.sdk', 'vwo-java-sdk', '[1,2)'),
  ]
  const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId><version>1</version><dependencies>${dependencies.join('')}</dependencies></project>`
  await writeFile(join(scratch, 'pom.xml'), pom)
  const options = { cwd: scratch }
  await run('mvn', ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=lib'], options)
  const jar = process.env['VWO_JAVA_SDK']
  const classPath = [...(jar === undefined ? [] : [jar]), join(scratch, 'lib/*'), scratch].join(':')
  const sources = ['Follow', 'OverHttp'].map((name) => join(examples, `java/${name}.java`))
  await run('javac', ['-cp', classPath, '-d', scratch, ...sources])
  const own = (await readdir(join(scratch, 'lib'))).find((name) => name.startsWith('vwo-java-sdk'))
  const main = (name: string): Program => ({ program: 'java', args: ['-cp', classPath, name] })
  return { ...main('Follow'), once: { 'over HTTP': main('OverHttp') }, sdk: jar ?? own ?? '' }
}

const goSdk = 'github.com/wingify/vwo-go-sdk'

/** In the version that is named: the module proxy lists none of this module. */
async function go(scratch: string): Promise<Example> {
  await cp(join(examples, 'go'), scratch, { recursive: true })
  const options = { cwd: scratch }
  await run('go', ['mod', 'init', 'example'], options)
  await run('go', ['get', `${goSdk}@v1.24.0`, 'github.com/redis/go-redis/v9'], options)
  await run('go', ['build', '-o', 'bin/', './...'], options)
  const { stdout } = await run('go', ['list', '-m', goSdk], options)
  const built = (name: string): Program => ({ program: join(scratch, 'bin', name), args: [] })
  return { ...built('follow'), once: { 'over HTTP': built('overhttp') }, sdk: stdout.trim() }
}

/** `VWO_RUBY_SDK` names the folders to load from, separated by colons. */
async function ruby(): Promise<Example> {
  const folders = given('VWO_RUBY_SDK').split(':')
  const load = folders.flatMap((folder) => ['-I', folder])
  await run('ruby', [...load, '-e', "require 'vwo'; require 'redis'"])
  const script = (name: string): Program => ({
    program: 'ruby',
    args: [...load, join(examples, 'ruby', name)],
  })
  const { stdout } = await run('ruby', [...load, '-e', "require 'vwo'; print VWO::SDK_VERSION"])
  return { ...script('follow.rb'), once: { 'over HTTP': script('over_http.rb') }, sdk: `vwo-sdk ${stdout}` }
}

/** `VWO_PHP_SDK` names the autoload.php of Composer. */
async function php(): Promise<Example> {
  const autoload = given('VWO_PHP_SDK')
  await run('php', ['-r', `require '${autoload}'; new Redis(); exit(class_exists('vwo\\\\VWO') ? 0 : 1);`])
  const ask = `require '${autoload}'; echo vwo\\Utils\\ImpressionBuilder::SDK_VERSION;`
  const { stdout } = await run('php', ['-r', ask])
  const script = (...args: string[]): Program => ({ program: 'php', args, env: { VWO_AUTOLOAD: autoload } })
  const request = "$_GET = ['campaign' => getenv('CAMPAIGN'), 'user' => getenv('USER_ID')];"
  return {
    ...script(join(examples, 'php/worker.php')),
    once: {
      'over HTTP': script(join(examples, 'php/over_http.php')),
      'as a request of FPM': script('-r', `${request} require '${join(examples, 'php/fpm.php')}';`),
    },
    sdk: `vwo-php-sdk ${stdout}`,
  }
}

export const languages: Readonly<Record<string, Prepare>> = {
  Python: python,
  Java: java,
  Go: go,
  Ruby: ruby,
  PHP: php,
}

/** A folder of its own for a language. */
export async function scratchOf(folder: string, language: string): Promise<string> {
  const scratch = join(folder, language.toLowerCase())
  await mkdir(scratch, { recursive: true })
  return scratch
}
