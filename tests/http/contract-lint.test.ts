// Checks openapi.yaml with two linters. Their rules are in redocly.yaml and .spectral.yaml.
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import ava, {type ExecutionContext} from 'ava'
import {root, runScript, test, toolModules} from '../helpers/contract-tools.ts'

const contract = `${root}openapi.yaml`

const missingId = 'operation-operationId' // the name of the rule in both linters

ava('Redocly finds no fault in openapi.yaml, and finds a missing operationId in a copy', async t => {
  t.timeout(300_000)
  const copy = await withoutOperationId(t)
  const script = `${root}node_modules/@redocly/cli/bin/cli.js`
  const [found, foundInCopy] = await lint(script, copy)
  t.deepEqual(found.problems, [])
  t.deepEqual(
    foundInCopy.problems.map(({ruleId}: {ruleId: string}) => ruleId),
    [missingId],
  )
})

test('Spectral finds no error, warning or hint in openapi.yaml, and finds a missing operationId in a copy', async t => {
  t.timeout(300_000)
  const copy = await withoutOperationId(t)
  const script = `${toolModules}/@stoplight/spectral-cli/dist/index.js`
  const [found]: {code: string; source: string}[][] = await lint(script, copy, '--quiet')
  t.deepEqual(
    found!.filter(({source}) => source === contract),
    [],
  )
  t.true(found!.some(({code, source}) => code === missingId && source === copy))
})

/**
 * Checks the contract and its copy in one process, because starting a linter takes seconds. Returns the reports: Spectral
 * prints one report about both files, and Redocly prints one report about each file.
 */
async function lint(script: string, copy: string, ...options: string[]): Promise<any[]> {
  const args = ['lint', contract, copy, '--format', 'json', ...options]
  const {stdout, stderr} = await runScript(script, args)
  return parseReports(stdout, stderr)
}

function parseReports(stdout: string, stderr: string) {
  try {
    return JSON.parse(`[${stdout.replace(/^\}\{/gm, '},{')}]`)
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
