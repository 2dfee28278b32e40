// Starts a server with workers as processes, and reads the log of the server to find out what each worker does.
import {randomBytes} from 'node:crypto'
import {mintToken} from '../../src/identity/mint-token.ts'
import {type ServerProcess, startProcess} from './process.ts'
import {Stream, type StreamOptions} from './stream.ts'
import {until} from './until.ts'

export interface LogLine {
  msg: string
  pid: number
  /** The number of the worker. Undefined in lines that the primary process writes about the whole server. */
  worker?: number
  path?: string
  delay_ms?: number
  code?: number | null
  signal?: string | null
  url?: string
}

/** A stream, and the number of the worker that serves the stream. */
export interface WorkerStream {
  stream: Stream
  worker: number
}

export class WorkersServer {
  readonly process: ServerProcess
  readonly #secret: string

  private constructor(process: ServerProcess, secret: string) {
    this.process = process
    this.#secret = secret
  }

  static async start(env: Record<string, string>, args?: readonly string[]): Promise<WorkersServer> {
    const secret = randomBytes(32).toString('hex')
    const server = await startProcess(
      {WORKERS: '2', AUTH_JWT_SECRET: secret, LOG_LEVEL: 'debug', DRAIN_SECONDS: '0', ...env},
      args,
    )
    return new WorkersServer(server, secret)
  }

  get log(): LogLine[] {
    return this.process.output.filter(line => line.startsWith('{')).map(line => JSON.parse(line))
  }

  /** Returns the lines with this message. */
  lines(msg: string): LogLine[] {
    return this.log.filter(line => line.msg === msg)
  }

  /** The process ids of the workers that have started. The keys of the map are the numbers of the workers. */
  get pids(): Map<number, number> {
    return new Map(this.lines('worker is ready').map(({worker, pid}) => [worker!, pid]))
  }

  token(subject: string, organization = 'acme'): Promise<string> {
    const lifetime = 600
    return mintToken({secret: this.#secret}, {subject, organization, role: 'admin', lifetime})
  }

  /** Opens a stream of tasks. Does not wait until the stream is ready. */
  open(token: string, options?: StreamOptions): Promise<Stream> {
    return Stream.open(`${this.process.url}/api/v1/events/tasks?token=${token}`, options)
  }

  /** Opens this number of streams, one after another. Resolves when the streams are ready. */
  async openStreams(token: string, count: number): Promise<WorkerStream[]> {
    const opened: WorkerStream[] = []
    for (let index = 0; index < count; index++) {
      const before = this.#streamRequests.length
      const stream = await this.open(token)
      await stream.waitFor('stream.ready')
      await until(() => this.#streamRequests.length > before)
      opened.push({stream, worker: this.#streamRequests.at(-1)!.worker!})
    }
    return opened
  }

  async post(token: string, path: string, body: object): Promise<any> {
    const response = await fetch(`${this.process.url}/api/v1${path}`, {
      method: 'POST',
      headers: {authorization: `Bearer ${token}`, 'content-type': 'application/json'},
      body: JSON.stringify(body),
    })
    if (response.status !== 201) throw new Error(`POST ${path} returned ${response.status}`)
    return response.json()
  }

  /** Creates a project with a story. Returns the path to which new tasks of the story are posted. */
  async createStory(token: string): Promise<string> {
    const project = await this.post(token, '/projects', {name: 'Rocket'})
    const story = await this.post(token, `/projects/${project.id}/stories`, {title: 'Orbit'})
    return `/stories/${story.id}/tasks`
  }

  get #streamRequests(): LogLine[] {
    return this.log.filter(({msg, path}) => msg === 'stream opened' && path === '/api/v1/events/tasks')
  }
}
