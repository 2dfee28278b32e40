// `npm run package` runs this script, and `npm pack -w @boardcast/client` runs it before it packs the package.
import {fileURLToPath} from 'node:url'
import {buildClient} from './build-client.ts'

await buildClient(fileURLToPath(new URL('../packages/client', import.meta.url)))
