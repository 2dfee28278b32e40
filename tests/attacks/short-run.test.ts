import {createDatabase, test} from '../helpers/postgres.ts'
import {runAttacks} from './run/attack-run.ts'
import {fewHostileTexts} from './run/hostile-texts.ts'

test('no attack of a short run succeeds', async t => {
  t.timeout(600_000)
  const {parts, findings} = await runAttacks({
    parts: ['operations', 'texts', 'cases', 'malformed', 'connections'],
    createDatabase,
    keyKinds: ['ec'],
    texts: fewHostileTexts,
    // Only a full run attacks the fields of parameters and of array items.
    selectField: name => !/ (query|header|activity) (\w|-)+$| 0\./.test(name),
    selectToken: name => /expired|forged|none$|the public key$/.test(name),
    matrixShare: 12,
    cases: 70,
    seed: 1,
    sockets: {connections: 4, holdMs: 100, isThorough: false},
    log: line => t.log(line),
  })
  t.deepEqual(findings, [])
  for (const {part, counts} of parts) t.log(`${part}: ${JSON.stringify(counts)}`)
})
