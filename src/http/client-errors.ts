/** Responds to requests that Node's HTTP server could not read. */
import type {Server} from 'node:http'
import type {Socket} from 'node:net'

const statusLines: Record<string, string> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
}

/**
 * When a request does not arrive in time, closes its connection without a response. Node would respond with status 408,
 * and EventSource does not reconnect after an error status. But EventSource reconnects after a closed connection. A
 * malformed request gets a response with an error status, because a retry would not help. If the server has already
 * written to the connection, the connection is closed without a response. `onError` receives only the code of the error:
 * an error of Node's parser contains the received bytes, which can include credentials.
 */
export function handleClientErrors(server: Server, onError: (code?: string) => void = () => {}): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    onError(error.code)
    const isRetryable = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' || error.code === 'ECONNRESET'
    if (isRetryable || !socket.writable || socket.bytesWritten > 0) socket.destroy()
    else
      socket.end(
        `HTTP/1.1 ${statusLines[error.code ?? ''] ?? '400 Bad Request'}\r\nConnection: close\r\n\r\n`,
      )
  })
}
