// `npm run contract` runs this script. The script writes openapi.yaml, and the types of the contract for the client,
// from the routes and schemas in src/.
import {readFile, writeFile} from 'node:fs/promises'
import {parse} from 'yaml'
import {makeContract} from '../src/http/openapi.ts'
import {makeContractTypes} from './contract-types.ts'

const root = new URL('../', import.meta.url)
const manifest = JSON.parse(await readFile(new URL('package.json', root), 'utf8'))
const contract = makeContract(manifest)
await writeFile(new URL('openapi.yaml', root), contract)
await writeFile(new URL('src/client/contract.ts', root), makeContractTypes(parse(contract)))
