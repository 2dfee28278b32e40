/** Runs the app with its transactions, but writes the committed events to all sockets in a plain loop. */
import {formatCursor} from '../../../src/board/cursor.ts'
import type {Live} from '../../../src/live/live.ts'
import {type AppOptions, startApp} from './app.ts'
import {type BoardRequest, makeBoard} from './boards.ts'
import {runServer, type ServerCommands} from './run-server.ts'
import {openSocketStreams, type SocketStreams} from './socket-streams.ts'

export type ChangesToSocketsCommands = ServerCommands & {
  makeBoard(board: BoardRequest): ReturnType<typeof makeBoard>
}

await runServer(async (options: AppOptions) => {
  const streams = await openSocketStreams()
  const app = await startApp(options, () => bareLoop(streams))
  const commands: Omit<ChangesToSocketsCommands, keyof ServerCommands> = {
    makeBoard: board => makeBoard(app, board),
  }
  return {port: streams.port, commands}
})

function bareLoop({writeAll}: SocketStreams): Live {
  const publish: Live['publish'] = (_, {records, cursor: {epoch}}) => {
    for (const {seq, type, data} of records) {
      writeAll(`id:${formatCursor({epoch, seq})}\nevent:${type}\ndata:${data}\n\n`)
    }
  }
  return {
    publish,
    publishCommitted: publish,
    checkLogs: refuse,
    followedSince: () => undefined,
    open: refuse,
    poll: refuse,
    readPresence: refuse,
    showTask: refuse,
    receivePresence: refuse,
    refreshPresence() {},
    refuse,
    isDraining: false,
    isStale: false,
    drain: async () => {},
    stats: () => refuse(),
  }
}

function refuse(): never {
  throw new Error('The streams use another port.')
}
