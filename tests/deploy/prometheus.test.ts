// Checks the alert rules and the dashboard against the metrics of a running server, with promtool and a real Prometheus.
import {readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import ava from 'ava'
import {pino} from 'pino'
import {parse} from 'yaml'
import {type RunningServer, serve} from '../../src/commands/serve.ts'
import {readConfig} from '../../src/config.ts'
import {WorkerMetrics} from '../../src/metrics/worker-metrics.ts'
import {createDataFolder} from '../helpers/data-folder.ts'
import {parseMetrics} from '../helpers/metrics.ts'
import {createDatabase, hasPostgres} from '../helpers/postgres.ts'
import {makeFolder, promtool, startPrometheus, test} from '../helpers/prometheus.ts'
import {Teardowns} from '../helpers/tears-down.ts'
import {until} from '../helpers/until.ts'

interface Rule {
  alert: string
  expr: string
  labels: {severity: string}
  annotations: {summary: string; description: string}
}

interface Panel {
  type: string
  title: string
  description?: string
  targets?: {expr: string}[]
}

const project = fileURLToPath(new URL('../..', import.meta.url))
const alertsPath = join(project, 'deploy/prometheus/alerts.yaml')
const alerts = await readFile(alertsPath, 'utf8')
const rules: Rule[] = parse(alerts).groups.flatMap(({rules}: {rules: Rule[]}) => rules)
const dashboard = JSON.parse(await readFile(join(project, 'deploy/grafana/boardcast.json'), 'utf8'))
const panels: Panel[] = dashboard.panels.filter(({type}: Panel) => type !== 'row')

let server: RunningServer
let scraped: string

const teardowns = new Teardowns()

ava.before(async () => {
  const store = hasPostgres
    ? {DATABASE_URL: await createDatabase(), AUTH_JWT_SECRET: 's'.repeat(32)}
    : {DATA_DIR: await createDataFolder(teardowns)}
  const env = {...store, METRICS_PORT: '0', HOST: '127.0.0.1', PORT: '0'}
  server = await serve(readConfig(env), pino({level: 'silent'}))
  await fetch(`${server.url}/readyz`)
  scraped = await (await fetch(server.metricsUrl!)).text()
})
ava.after.always(async () => {
  await server.stop()
  await teardowns.run()
})

ava('docs/running.md lists exactly the metrics that a server has, with their types', async t => {
  const page = await readFile(join(project, 'docs/running.md'), 'utf8')
  const listed = [...page.matchAll(/^\| `(boardcast_\w+)` \| (\w+) \|/gm)].map(
    ([, name, type]) => `${name} ${type}`,
  )
  const metrics = await allMetrics()
  const existing = [...metrics].filter(([name]) => name.startsWith('boardcast_'))
  t.deepEqual(listed.sort(), existing.map(([name, {type}]) => `${name} ${type}`).sort())
})

ava(
  'every metric in the alert rules and in the dashboard exists, and the dashboard shows every metric',
  async t => {
    const names = new Set((await allMetrics()).keys())
    const inRules = metricsIn(rules.map(({expr}) => expr))
    const inDashboard = metricsIn(expressions())
    t.true(inRules.length > 10)
    t.deepEqual(
      [...inRules, ...inDashboard].filter(name => !names.has(name)),
      [],
    )
    const ours = [...names].filter(name => name.startsWith('boardcast_'))
    t.deepEqual(
      ours.filter(name => !inDashboard.includes(name)),
      [],
    )
  },
)

ava('every alert and every panel has an explanation of one line', t => {
  for (const {alert, labels, annotations} of rules) {
    t.regex(annotations.summary, /^.{20,150}\.$/, alert)
    t.regex(annotations.description, /^.{20,150}\.$/, alert)
    t.true(['page', 'ticket'].includes(labels.severity), alert)
  }
  for (const {title, description} of panels) t.regex(description ?? '', /^.{20,160}\.$/, title)
  t.is(new Set(rules.map(({alert}) => alert)).size, rules.length)
})

test('promtool finds no fault in the alert rules, in the expressions of the dashboard and in the metrics', async t => {
  t.regex(await promtool(['check', 'rules', alertsPath]), new RegExp(`${rules.length} rules found`))
  const folder = await makeFolder(t)
  // Grafana replaces these variables.
  const recorded = expressions().map((expr, index) => ({
    record: `panel:${index}`,
    expr: expr.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.*'),
  }))
  const path = join(folder, 'panels.yaml')
  await writeFile(path, JSON.stringify({groups: [{name: 'panels', rules: recorded}]}))
  t.regex(await promtool(['check', 'rules', path]), new RegExp(`${recorded.length} rules found`))
  await promtool(['check', 'metrics'], scraped)
  await t.throwsAsync(promtool(['check', 'metrics'], '# TYPE x_total gauge\nx_total 1\n'))
})

test('the alerts fire when their conditions are met, and not before', async t => {
  const folder = await makeFolder(t)
  const at = (time: string, alert: string, labels?: Record<string, string>) => {
    const {labels: own, annotations} = rules.find(rule => rule.alert === alert)!
    const filled = Object.entries(annotations).map(([name, text]) => [
      name,
      text.replaceAll('{{ $labels.instance }}', String(labels?.instance)),
    ])
    return {
      eval_time: time,
      alertname: alert,
      exp_alerts: labels
        ? [{exp_labels: {...own, ...labels}, exp_annotations: Object.fromEntries(filled)}]
        : [],
    }
  }
  const test = {
    interval: '1m',
    input_series: [
      {series: 'up{job="boardcast",instance="a"}', values: '1x5 0x20'},
      {series: 'boardcast_streams_open{instance="a",kind="stream"}', values: '1000x20 300x20'},
      {series: 'boardcast_http_requests_total{instance="a",status="2xx"}', values: '0+100x60'},
      {series: 'boardcast_http_requests_total{instance="a",status="5xx"}', values: '0x20 0+10x40'},
    ],
    alert_rule_test: [
      at('4m', 'BoardcastDown'),
      at('10m', 'BoardcastDown', {job: 'boardcast', instance: 'a'}),
      at('15m', 'BoardcastStreamsLost'),
      at('25m', 'BoardcastStreamsLost', {}),
      at('15m', 'BoardcastRequestsFail'),
      at('35m', 'BoardcastRequestsFail', {instance: 'a'}),
    ],
  }
  const path = join(folder, 'test.yaml')
  await writeFile(path, JSON.stringify({rule_files: [alertsPath], evaluation_interval: '1m', tests: [test]}))
  t.regex(await promtool(['test', 'rules', path]), /SUCCESS/)
})

test('a Prometheus scrapes the server, and evaluates the alert rules without an error', async t => {
  const {host} = new URL(server.metricsUrl!)
  const url = await startPrometheus(
    t,
    JSON.stringify({
      global: {scrape_interval: '1s', evaluation_interval: '1s'},
      rule_files: [alertsPath],
      scrape_configs: [{job_name: 'boardcast', static_configs: [{targets: [host]}]}],
    }),
  )
  const get = async (path: string) => (await (await fetch(`${url}/api/v1/${path}`)).json()).data
  await until(async () => (await get('query?query=boardcast_streams_open')).result.length === 2)
  const evaluated = async () =>
    (await get('rules')).groups.flatMap((group: {rules: unknown[]}) => group.rules)
  await until(async () => (await evaluated()).every(({health}: {health: string}) => health !== 'unknown'))
  const healths = (await evaluated()).map(
    ({name, health}: {name: string; health: string}) => `${name} ${health}`,
  )
  t.deepEqual(
    healths,
    rules.map(({alert}) => `${alert} ok`),
  )
  // A scrape may take longer than its time limit, and the next scrape then succeeds.
  await until(async () => (await get('query?query=up')).result[0].value[1] === '1')
})

/** Returns the metrics of the server, and those that only a server with workers has. */
async function allMetrics() {
  return new Map([...parseMetrics(scraped), ...parseMetrics(await new WorkerMetrics().read())])
}

function expressions(): string[] {
  return panels.flatMap(({targets = []}) => targets.map(({expr}) => expr))
}

/** Returns the names of the metrics in the expressions. The series of a histogram have the name of the histogram. */
function metricsIn(texts: readonly string[]): string[] {
  const names = texts.flatMap(text =>
    [...text.matchAll(/\b(?:boardcast|nodejs|process)_\w+/g)].map(([name]) => name),
  )
  return [...new Set(names.map(name => name.replace(/_(?:bucket|sum|count)$/, '')))]
}
