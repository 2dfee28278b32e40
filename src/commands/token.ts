import type {Config} from '../config.ts'
import {readDemoSecret} from '../demo.ts'
import {mintToken, type TokenRequest} from '../identity/mint-token.ts'
import {CommandError} from './command-error.ts'

/** A token that the server of these settings accepts. Throws CommandError when it has no secret to sign with. */
export async function mintTokenFor(config: Config, request: TokenRequest): Promise<string> {
  if (config.demo) return mintToken({secret: await readDemoSecret(config.store.dataDir)}, request)
  if (config.auth.kind !== 'secret') {
    throw new CommandError('This server checks tokens with a public key; only its issuer can make them.')
  }
  return mintToken({...config, secret: config.auth.secret}, request)
}
