// Checks openapi.yaml with two linters. Their rules are in redocly.yaml and .spectral.yaml.
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import ava, {type ExecutionContext} from 'ava'
import {root, runScript, test, toolModules} from '../helpers/contract-tools.ts'

const contract = `${root}openapi.yaml`

ava('Redocly finds no fault in openapi.yaml', async t => {
  t.timeout(300_000)
  t.deepEqual(await lintWithRedocly(contract), [])
})

ava('Redocly finds a missing operationId, so its rules apply', async t => {
  t.timeout(300_000)
  t.deepEqual(await lintWithRedocly(await withoutOperationId(t)), ['operation-operationId'])
})

test('Spectral reports no errors, warnings or hints for openapi.yaml', async t => {
  t.timeout(300_000)
  t.deepEqual(await lintWithSpectral(contract), [])
})

test('Spectral finds a missing operationId, so its rules apply', async t => {
  t.timeout(300_000)
  t.true((await lintWithSpectral(await withoutOperationId(t))).includes('operation-operationId'))
})

/** Returns the rules that the contract breaks. */
async function lintWithRedocly(file: string): Promise<string[]> {
  const script = `${root}node_modules/@redocly/cli/bin/cli.js`
  const {stdout, stderr} = await runScript(script, ['lint', file, '--format', 'json'])
  const {problems, totals} = parseReport(stdout, stderr)
  return totals.errors + totals.warnings === 0 ? [] : problems.map(({ruleId}: {ruleId: string}) => ruleId)
}

async function lintWithSpectral(file: string): Promise<string[]> {
  const script = `${toolModules}/@stoplight/spectral-cli/dist/index.js`
  const {stdout, stderr} = await runScript(script, ['lint', file, '--format', 'json', '--quiet'])
  return parseReport(stdout, stderr).map(({code}: {code: string}) => code)
}

function parseReport(stdout: string, stderr: string) {
  try {
    return JSON.parse(stdout)
  } catch {
    throw new Error(`The linter printed no report:\n${stdout}\n${stderr}`)
  }
}

async function withoutOperationId(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'boardcast-contract-'))
  t.teardown(() => rm(folder, {recursive: true}))
  const file = join(folder, 'openapi.yaml')
  await writeFile(file, (await readFile(contract, 'utf8')).replace(/^ *operationId: readTask\n/m, ''))
  return file
}
