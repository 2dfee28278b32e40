/** Methods other than GET, and requests from pages of other origins. */
import {type Case, html, practice, rfc} from '../case.ts'
import type {Context, OpenOptions} from '../context.ts'
import {expect} from '../expect.ts'
import {fieldOf, type Head, membersOf} from '../wire/response-parser.ts'
import type {Stream} from '../wire/stream.ts'
import {essenceOf} from './heads.ts'

const fetchStandard = 'WHATWG Fetch section 3.3'

export const methods: Case[] = [
  {
    id: 'methods.head-no-body',
    level: 'must',
    requirement: 'The response to HEAD has no body, and no event follows.',
    source: rfc(9110, '9.3.2'),
    async run(context) {
      const {stream} = await head(context)
      // A server that treats HEAD as a stream would send this event.
      await context.publish(context.text('after HEAD'))
      await context.expectAlive()
      expect(stream.response.rest.length === 0, 'Bytes follow the head.')
    },
  },
  {
    id: 'methods.head-frees-connection',
    level: 'must',
    requirement: 'After HEAD, the connection closes or answers the next request.',
    source: rfc(9110, '9.3.2'),
    async run(context) {
      const {stream} = await head(context)
      const {connection, response} = stream
      connection.send(context.requestText({method: 'HEAD'}))
      const isUsable = () => connection.end !== undefined || response.rest.includes('\r\n\r\n')
      const isFree = await connection.signal.wait(isUsable, context.patienceMs)
      expect(isFree, 'The connection stays open and answers no further request.')
    },
  },
  {
    id: 'methods.head-status',
    level: 'should',
    requirement: 'HEAD gets the status of GET, or 405.',
    source: rfc(9110, '9.3.2'),
    async run(context) {
      const {status} = (await head(context)).head
      expect([200, 405, 501].includes(status), `The status is ${status}.`)
    },
  },
  {
    id: 'methods.head-type',
    level: 'should',
    requirement: 'The response to HEAD has the type of the response to GET.',
    source: rfc(9110, '9.3.2'),
    async run(context) {
      const answer = (await head(context)).head
      const type = fieldOf(answer, 'content-type')
      const isSame = answer.status !== 200 || essenceOf(type) === 'text/event-stream'
      expect(isSame, `The type is ${type}.`)
    },
  },
  refused('post', 'POST', {body: 'x=1', headers: {'Content-Type': 'application/x-www-form-urlencoded'}}),
  refused('put', 'PUT', {body: 'x'}),
  refused('delete', 'DELETE'),
  refused('patch', 'PATCH', {body: 'x'}),
  refused('unknown', 'SUBSCRIBE'),
  refused('lower-case', 'get'),
  {
    id: 'methods.allow',
    level: 'must',
    requirement: 'A response with the status 405 lists the methods in Allow.',
    source: rfc(9110, '15.5.6'),
    async run(context) {
      const answer = await context.head(context.open({method: 'DELETE'}))
      const isListed = answer.status !== 405 || fieldOf(answer, 'allow') !== undefined
      expect(isListed, 'The response has no Allow.')
    },
  },
  {
    id: 'methods.options',
    level: 'should',
    requirement: 'The response to OPTIONS ends at once.',
    source: rfc(9110, '9.3.7'),
    async run(context) {
      const stream = context.open({method: 'OPTIONS'})
      await context.head(stream)
      expect(await stream.waitForEnd(context.patienceMs), 'The response does not end.')
    },
  },
  {
    id: 'methods.get-with-body',
    level: 'should',
    requirement:
      'A GET request with a body gets a stream or a 4xx status, and the body is not read as a request.',
    source: rfc(9110, '9.3.1'),
    async run(context) {
      const stream = context.open({body: 'GET / HTTP/1.1\r\nHost: inner.example\r\n\r\n'})
      const {status} = await context.head(stream)
      expect(status === 200 || (status >= 400 && status < 500), `The status is ${status}.`)
      if (status === 200) await context.expectExactly(stream, [])
      expect(!stream.connection.receivedBytes.subarray(20).includes('HTTP/1.1 '), 'The body got a response.')
    },
  },
  {
    id: 'methods.cors-preflight',
    level: 'should',
    requirement: 'A preflight request of an allowed origin may use GET with Last-Event-ID.',
    source: practice('clients that use fetch send Last-Event-ID, which needs a preflight request'),
    needs: ['origins'],
    async run(context) {
      const {allowed} = context.target.origins!
      const {answer} = await preflight(context, allowed)
      expectAllowed(answer, allowed)
      const names = membersOf(answer, 'access-control-allow-headers')
      const isPermitted = names.includes('last-event-id') || names.includes('*')
      expect(isPermitted, `Access-Control-Allow-Headers is ${names.join(', ')}.`)
    },
  },
  {
    id: 'methods.cors-preflight-status',
    level: 'must',
    requirement:
      'The response to a preflight request of an allowed origin has a 2xx status, and needs no credential.',
    source: 'WHATWG Fetch section 4.8',
    needs: ['origins'],
    async run(context) {
      const {answer} = await preflight(context, context.target.origins!.allowed)
      expect(answer.status >= 200 && answer.status < 300, `The status is ${answer.status}.`)
    },
  },
  {
    id: 'methods.cors-stream',
    level: 'must',
    requirement: 'The stream has Access-Control-Allow-Origin for an allowed origin.',
    source: fetchStandard,
    needs: ['origins'],
    async run(context) {
      const {allowed} = context.target.origins!
      expectAllowed(await context.head(context.open({headers: {Origin: allowed}})), allowed)
    },
  },
  {
    id: 'methods.cors-foreign-origin',
    level: 'must',
    requirement: 'The stream has no Access-Control-Allow-Origin for an origin that is not allowed.',
    source: fetchStandard,
    needs: ['origins'],
    async run(context) {
      const {refused} = context.target.origins!
      const answer = await context.head(context.open({headers: {Origin: refused}}))
      const value = fieldOf(answer, 'access-control-allow-origin')
      expect(value !== '*' && value !== refused, `Access-Control-Allow-Origin is ${value}.`)
    },
  },
  {
    id: 'methods.cors-vary',
    level: 'must',
    requirement: 'A response that depends on the origin has Vary: Origin.',
    source: 'WHATWG Fetch section 3.3.5',
    needs: ['origins'],
    async run(context) {
      const {allowed} = context.target.origins!
      const answer = await context.head(context.open({headers: {Origin: allowed}}))
      const varies = membersOf(answer, 'vary').some(name => name === 'origin' || name === '*')
      expect(
        fieldOf(answer, 'access-control-allow-origin') === '*' || varies,
        'The response has no Vary: Origin.',
      )
    },
  },
  {
    id: 'methods.cors-credentials',
    level: 'must',
    requirement: 'A response that allows credentials names the origin instead of *.',
    source: fetchStandard,
    needs: ['origins'],
    async run(context) {
      const {allowed} = context.target.origins!
      const answer = await context.head(context.open({headers: {Origin: allowed}}))
      const allowsCredentials = fieldOf(answer, 'access-control-allow-credentials') === 'true'
      const isAny = fieldOf(answer, 'access-control-allow-origin') === '*'
      expect(!allowsCredentials || !isAny, 'The response allows credentials for every origin.')
    },
  },
  {
    id: 'methods.cors-errors',
    level: 'should',
    requirement:
      'An error has Access-Control-Allow-Origin for an allowed origin, so that a page can read the status.',
    source: html('9.2.3'),
    needs: ['origins', 'unauthorized'],
    async run(context) {
      const {allowed} = context.target.origins!
      const request = context.target.unauthorized!
      expectAllowed(await context.head(context.open({request, headers: {Origin: allowed}})), allowed)
    },
  },
]

/** Sends HEAD, and requires that the response has no body. */
async function head(context: Context): Promise<{head: Head; stream: Stream}> {
  const stream = context.open({method: 'HEAD'})
  return {head: await context.head(stream), stream}
}

/** A method that is not defined for a stream gets a 4xx or 501 status. */
function refused(name: string, method: string, options: OpenOptions = {}): Case {
  return {
    id: `methods.${name}`,
    level: 'should',
    requirement: `The method ${method} gets a response that ends, and no stream.`,
    source: rfc(9110, '9.1'),
    async run(context) {
      const stream = context.open({...options, method})
      const answer = await context.head(stream)
      const isStream =
        answer.status === 200 && essenceOf(fieldOf(answer, 'content-type')) === 'text/event-stream'
      expect(!isStream, 'The response is a stream.')
      expect(
        await stream.waitForEnd(context.patienceMs),
        `The response with status ${answer.status} does not end.`,
      )
    },
  }
}

async function preflight(context: Context, origin: string): Promise<{answer: Head}> {
  const {url} = context.target.stream
  const stream = context.open({
    request: {url},
    method: 'OPTIONS',
    headers: {
      Origin: origin,
      'Access-Control-Request-Method': 'GET',
      'Access-Control-Request-Headers': 'last-event-id',
    },
  })
  return {answer: await context.head(stream)}
}

function expectAllowed(answer: Head, origin: string): void {
  const value = fieldOf(answer, 'access-control-allow-origin')
  expect(value === origin || value === '*', `Access-Control-Allow-Origin is ${value}.`)
}
