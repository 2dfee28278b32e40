// Checks openapi.yaml with two linters. Their rules are in redocly.yaml and .spectral.yaml.
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import ava, {type ExecutionContext} from 'ava'
import {root, runScript, test, toolModules} from '../helpers/contract-tools.ts'

// A linter takes ten seconds of CPU time for the contract. Therefore, each linter checks only a copy from which one
// operationId is removed. The linter must find this fault, and nothing else.
const missingId = 'operation-operationId' // the name of the rule in both linters

ava('Redocly finds only the removed operationId in a copy of openapi.yaml', async t => {
  const {problems} = await lint(t, `${root}node_modules/@redocly/cli/bin/cli.js`)
  t.deepEqual(
    problems.map(({ruleId}: {ruleId: string}) => ruleId),
    [missingId],
  )
})

test('Spectral finds only the removed operationId in a copy of openapi.yaml', async t => {
  const problems = await lint(t, `${toolModules}/@stoplight/spectral-cli/dist/index.js`, '--quiet')
  t.deepEqual(
    problems.map(({code}: {code: string}) => code),
    [missingId],
  )
})

/** Returns the report of the linter about the copy. */
async function lint(t: ExecutionContext, script: string, ...options: string[]): Promise<any> {
  t.timeout(300_000)
  const args = ['lint', await withoutOperationId(t), '--format', 'json', ...options]
  const {stdout, stderr} = await runScript(script, args)
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
  const contract = await readFile(`${root}openapi.yaml`, 'utf8')
  await writeFile(file, contract.replace(/^ *operationId: readTask\n/m, ''))
  return file
}
