import type {Config} from '../config.ts'
import {readDemoSecret} from '../demo.ts'
import {mintToken, type TokenRequest} from '../identity/mint-token.ts'
import {CommandError} from './command-error.ts'

/** Returns a token that a server with these settings accepts. Throws CommandError when no signing secret is set. */
export async function mintTokenFor(config: Config, request: TokenRequest): Promise<string> {
  if (config.demo) return mintToken({secret: await readDemoSecret(config.store.dataDir)}, request)
  if (config.auth.kind !== 'secret') {
    throw new CommandError('This server has no signing secret, so only the issuer can create tokens.')
  }
  return mintToken({...config, secret: config.auth.secret}, request)
}
