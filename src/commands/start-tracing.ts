/** Starts the SDK of OpenTelemetry, if the settings ask for traces. */
import {CommandError} from './command-error.ts'

/** The part of `@opentelemetry/sdk-node` that this file uses. */
interface SdkModule {
  NodeSDK: new (options: {serviceName?: string}) => {start(): void; shutdown(): Promise<void>}
}

export interface Tracing {
  /** Sends the last spans. Never rejects. */
  stop(): Promise<void>
}

// The compiler must not look for the package, because the package is not installed with Boardcast.
const sdkPackage = '@opentelemetry/sdk-node'

/**
 * Starts the SDK, which reads its settings (`OTEL_*`) from the environment. Throws CommandError when the package of the
 * SDK is not installed.
 */
export async function startTracing(serviceName = 'boardcast', from: string = sdkPackage): Promise<Tracing> {
  const {NodeSDK} = await importSdk(from)
  const sdk = new NodeSDK({serviceName})
  sdk.start()
  return {stop: () => sdk.shutdown().catch(() => {})}
}

async function importSdk(from: string): Promise<SdkModule> {
  try {
    return await import(from)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause
    throw new CommandError(
      `OTEL_EXPORTER_OTLP_ENDPOINT is set, but the package ${sdkPackage} is not installed. ` +
        `Run \`npm install ${sdkPackage}\`, or unset OTEL_EXPORTER_OTLP_ENDPOINT.`,
      {cause},
    )
  }
}
