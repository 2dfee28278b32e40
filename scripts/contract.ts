// `npm run contract` runs this script. The script writes openapi.yaml from the routes and schemas in src/.
import {readFile, writeFile} from 'node:fs/promises'
import {makeContract} from '../src/http/openapi.ts'

const root = new URL('../', import.meta.url)
const manifest = JSON.parse(await readFile(new URL('package.json', root), 'utf8'))
await writeFile(new URL('openapi.yaml', root), makeContract(manifest))
