/** Responds to requests that Node's HTTP server could not read. */
import type {Server} from 'node:http'
import type {Socket} from 'node:net'
import type {RequestsInTurn} from './requests-in-turn.ts'

const statusLines: Record<string, string> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
}

const closeDelayMs = 1_000 // enough time for a client to receive the response before the connection is closed

/**
 * When a request does not arrive in time, closes its connection without a response. Node would respond with status 408,
 * and EventSource does not reconnect after an error status. But EventSource reconnects after a closed connection. A
 * malformed request gets a response with an error status, because a retry would not help. If the server has already
 * written to the connection, or has not completed the response to an earlier request, the connection is closed without
 * a response. If the server sent an error response on such a connection, the client could think that the error is the
 * response to the earlier request. `onError` receives only the code of the error, because an error of Node's parser
 * contains the received bytes, and these bytes can include credentials.
 */
export function handleClientErrors(
  server: Server,
  requests: Pick<RequestsInTurn, 'owesResponse'>,
  onError: (code?: string) => void = () => {},
): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    onError(error.code)
    const isRetryable = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' || error.code === 'ECONNRESET'
    const hasEarlierResponse = socket.bytesWritten > 0 || requests.owesResponse(socket)
    if (isRetryable || !socket.writable || hasEarlierResponse) {
      socket.destroy()
      return
    }
    socket.end(`HTTP/1.1 ${statusLines[error.code ?? ''] ?? '400 Bad Request'}\r\nConnection: close\r\n\r\n`)
    setTimeout(() => socket.destroy(), closeDelayMs).unref() // some clients never close their side of the connection
  })
}
