/** Formats log lines for people at a terminal. */

const levels: Record<number, string> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
}
const colors: Record<number, number> = {10: 90, 20: 90, 40: 33, 50: 31, 60: 31}
const hidden = ['level', 'time', 'pid', 'hostname', 'msg', 'err', 'method', 'path', 'status', 'ms']

/**
 * Returns the line of JSON as a line for people: the time, the level, the message and the fields. The stack of an error
 * follows on lines of its own.
 */
export function formatLine(json: string): string {
  const line = JSON.parse(json)
  const {level, time, msg, err, method, path, status, ms} = line
  const clock = new Date(time).toTimeString().slice(0, 8)
  const request =
    method === undefined ? '' : ` ${method} ${path} ${status ?? ''}${ms === undefined ? '' : ` ${ms} ms`}`
  const fields = Object.entries(line)
    .filter(([name]) => !hidden.includes(name))
    .map(([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  const text = `${clock} ${(levels[level] ?? String(level)).padEnd(5)} ${msg}${request}${fields.join('')}`
  const colored = colors[level] ? `\u001b[${colors[level]}m${text}\u001b[0m` : text
  const stack = err === undefined ? '' : `\n  ${String(err.stack ?? err.message).replaceAll('\n', '\n  ')}`
  return `${withoutControls(colored)}${withoutControls(stack)}\n`
}

/** A path or an error can contain bytes of a client. Escape sequences must not reach the terminal, except the colors. */
function withoutControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this function removes.
  return text.replace(/(?!\u001b\[(?:0|90|3[13])m)[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '?')
}
