// Checks the files in deploy/ without the programs that use these files.
import {execFileSync, spawnSync} from 'node:child_process'
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import ava, {type ExecutionContext} from 'ava'
import {validate} from 'dockerfile-utils'
import {parse, parseAllDocuments} from 'yaml'
import {readConfig} from '../../src/config.ts'
import {isInstalled} from '../helpers/is-installed.ts'
import {skipping} from '../helpers/skipping.ts'
import {readDockerfile} from './dockerfile.ts'

const project = fileURLToPath(new URL('../..', import.meta.url))
const deploy = join(project, 'deploy')
const testWithSystemd =
  isInstalled('systemd-analyze') || process.env.CI === 'true'
    ? ava
    : skipping('systemd-analyze', 'install systemd')
const stopMarginSeconds = 5 // a process exits at most this time after the end of DRAIN_SECONDS

ava('the linter finds no fault in the Dockerfile, and it does find faults', async t => {
  const text = await readFile(join(deploy, 'Dockerfile'), 'utf8')
  t.deepEqual(validate(text), [])
  t.is(validate(text.replace('RUN npm ci\n', 'RUNN npm ci\n')).length, 1)
})

ava('the image contains every file of the package, and its program is not run by root', async t => {
  const {instructions} = readDockerfile(join(deploy, 'Dockerfile')).at(-1)!
  const copied = instructions.filter(({keyword}) => keyword === 'COPY').flatMap(({text}) => text.split(/\s+/))
  const {files} = JSON.parse(await readFile(join(project, 'package.json'), 'utf8'))
  for (const file of [...files, 'package.json', 'node_modules']) t.true(copied.includes(file), file)
  const of = (keyword: string) => instructions.find(instruction => instruction.keyword === keyword)?.text
  t.is(of('USER'), 'node')
  t.is(of('ENTRYPOINT'), '["node", "dist/main.js"]')
  t.regex(of('HEALTHCHECK')!, /readyz/)
})

ava('the settings in compose.yaml are valid, and missing secrets are an error', async t => {
  const compose = parse(await readFile(join(deploy, 'compose.yaml'), 'utf8'))
  const {environment, stop_grace_period, depends_on} = compose.services.boardcast
  const secrets = {AUTH_JWT_SECRET: 'a'.repeat(32), SECRETS_KEY: 'b'.repeat(32), POSTGRES_PASSWORD: 'c'}
  const interpolated = (values: Record<string, string>) =>
    Object.fromEntries(
      Object.entries<string>(environment).map(([name, value]) => [name, interpolate(value, values)]),
    )
  const env = interpolated(secrets)
  await requireKnownSettings(t, env)
  const config = readConfig(env)
  t.is(config.store.kind, 'postgres')
  t.is(config.bus.kind, 'postgres')
  t.is(readConfig(interpolated({...secrets, REDIS_URL: 'redis://redis:6379'})).bus.kind, 'redis')
  t.throws(() => interpolated({}), {message: /Set AUTH_JWT_SECRET/})
  t.true(Number.parseInt(stop_grace_period, 10) > config.drainSeconds + stopMarginSeconds)
  for (const name of Object.keys(depends_on)) t.truthy(compose.services[name].healthcheck, name)
})

ava('the settings in the Kubernetes files are valid, and a pod has enough time to stop', async t => {
  const [deployment, service, budget] = await readManifests('boardcast.yaml')
  const [secret] = await readManifests('secret.example.yaml')
  const {spec} = deployment.spec.template
  const [container] = spec.containers
  const env = {
    ...secret.stringData,
    ...Object.fromEntries(container.env.map(({name, value}: {name: string; value: string}) => [name, value])),
  }
  await requireKnownSettings(t, env)
  const config = readConfig(env)
  t.is(container.envFrom[0].secretRef.name, secret.metadata.name)
  const stopSeconds = container.lifecycle.preStop.sleep.seconds + config.drainSeconds + stopMarginSeconds
  t.true(spec.terminationGracePeriodSeconds >= stopSeconds)
  t.is(container.ports[0].containerPort, config.port)
  for (const {matchLabels} of [
    deployment.spec.selector,
    budget.spec.selector,
    {matchLabels: service.spec.selector},
  ]) {
    t.deepEqual(matchLabels, deployment.spec.template.metadata.labels)
  }
})

ava('the Kubernetes files have the types of the Kubernetes API', async t => {
  const manifests = [
    ...(await readManifests('boardcast.yaml')),
    ...(await readManifests('secret.example.yaml')),
  ]
  t.is(await typeErrors(t, manifests), '')
  const [deployment, ...others] = structuredClone(manifests)
  deployment.spec.template.spec.containers[0].readinessProb = {}
  t.regex(await typeErrors(t, [deployment, ...others]), /readinessProb/)
})

testWithSystemd('systemd accepts the unit, and the unit has enough time to stop', async t => {
  const path = join(deploy, 'systemd/boardcast.service')
  const text = await readFile(path, 'utf8')
  const {stderr, status} = spawnSync('systemd-analyze', ['verify', path], {encoding: 'utf8'})
  // systemd also checks whether the program exists.
  t.deepEqual(
    stderr.split('\n').filter(line => line.includes('boardcast.service:') && !line.includes('node')),
    [],
  )
  t.true(status === 0 || /node is not executable/.test(stderr))
  const {drainSeconds} = readConfig({AUTH_JWT_SECRET: 'a'.repeat(32)})
  const [, seconds] = /^TimeoutStopSec=(\d+)$/m.exec(text)!
  t.true(Number(seconds) >= drainSeconds + stopMarginSeconds)
  const [, variables] = /^Environment=(.+)$/m.exec(text)!
  const env = Object.fromEntries(variables!.split(' ').map(pair => pair.split('=')))
  await requireKnownSettings(t, env)
})

/** [spec] Compose specification, section Interpolation. */
function interpolate(text: string, values: Record<string, string>): string {
  return text.replaceAll(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, name, kind, rest) => {
    const value = values[name]
    if (value) return value
    if (kind === '-') return rest
    throw new Error(rest ?? `${name} is not set`)
  })
}

async function requireKnownSettings(t: ExecutionContext, env: object): Promise<void> {
  const config = await readFile(join(project, 'src/config.ts'), 'utf8')
  for (const name of Object.keys(env)) t.true(name === 'NODE_ENV' || config.includes(name), name)
}

/** The compiler checks the types in a test. */
async function readManifests(name: string): Promise<any[]> {
  const text = await readFile(join(deploy, 'kubernetes', name), 'utf8')
  return parseAllDocuments(text).map(document => document.toJS())
}

/** Compiles the manifests as values of the types of the Kubernetes API. Returns the messages of the compiler. */
async function typeErrors(t: ExecutionContext, manifests: unknown[]): Promise<string> {
  const folder = await mkdtemp(join(project, 'tests/deploy/types-'))
  t.teardown(() => rm(folder, {recursive: true, force: true}))
  const file = join(folder, 'manifests.ts')
  await writeFile(
    file,
    `import type {Deployment} from 'kubernetes-types/apps/v1.d.ts'
import type {Secret, Service} from 'kubernetes-types/core/v1.d.ts'
import type {PodDisruptionBudget} from 'kubernetes-types/policy/v1.d.ts'
export const manifests: [Deployment, Service, PodDisruptionBudget, Secret] = ${JSON.stringify(manifests)}
`,
  )
  const compiler = join(project, 'node_modules/typescript/bin/tsc')
  const args = [
    compiler,
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    '--moduleResolution',
    'bundler',
    '--module',
    'esnext',
    file,
  ]
  try {
    execFileSync(process.execPath, args, {encoding: 'utf8', cwd: tmpdir()})
    return ''
  } catch (error) {
    return (error as {stdout: string}).stdout
  }
}
