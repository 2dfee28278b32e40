/** Checks the responses of a deployment that are not streams. */
import {type Answer, type Deployment, explainUnexpected, fetchAll, jsonOf} from './deployment-request.ts'
import {type Check, check} from './findings.ts'

export async function* checkAnswers(deployment: Deployment): Check {
  yield {...(await check('server', () => checkServer(deployment))), isRequired: true}
  yield await check('error responses', () => checkErrors(deployment))
  yield await check('ETag', () => checkEntityTag(deployment))
  yield {...(await check('credential', () => checkCredential(deployment))), isRequired: true}
  yield await check('headers', () => checkHeaders(deployment))
}

async function checkServer(deployment: Deployment): Promise<string> {
  const answer = await fetchAll(deployment, '/livez')
  const {status, headers} = answer
  if (status === 200 && jsonOf(answer).status === 'alive') return 'Boardcast responds'
  if (status >= 300 && status < 400 && headers.location) {
    throw new Error(
      `The proxy redirects to ${new URL(headers.location, deployment.url).origin}. Check that URL.`,
    )
  }
  const remedy =
    status >= 500
      ? 'Check that the server runs, and that the proxy can connect to it.'
      : 'Check that the URL leads to Boardcast, and that the proxy forwards all paths.'
  throw new Error(`Boardcast did not answer GET /livez. ${explainUnexpected(answer)} ${remedy}`)
}

async function checkErrors(deployment: Deployment): Promise<string> {
  const answer = await fetchAll(deployment, '/api/v1/doctor')
  if (answer.status === 404 && jsonOf(answer).code === 'not-found') return 'arrive unchanged'
  throw new Error(
    `The proxy replaces the error responses of the server, so clients cannot read the reason. ${explainUnexpected(answer)} Disable this, for example proxy_intercept_errors of nginx, ProxyErrorOverride of Apache, or errorfile rules.`,
  )
}

async function checkEntityTag(deployment: Deployment): Promise<string> {
  // The server never compresses an answer without Accept-Encoding.
  const path = '/openapi.yaml'
  const {headers, status} = await fetchAll(deployment, path)
  const {etag} = headers
  const remedy =
    'Without them, every refresh of a board transfers the whole board. Let the proxy forward both unchanged.'
  if (!etag) throw new Error(`The response to ${path} (${status}) has lost its header ETag. ${remedy}`)
  const again = await fetchAll(deployment, path, {headers: {'if-none-match': etag}})
  if (again.status === 304) return 'an unchanged response is answered with 304'
  throw new Error(
    `A request with If-None-Match: ${etag} was answered with ${again.status}, not with 304. A proxy drops If-None-Match or changes ETag. ${remedy}`,
  )
}

async function checkCredential(deployment: Deployment): Promise<string> {
  const [header] = Object.keys(deployment.credential)
  if (!header) {
    throw new Error('Set BOARDCAST_TOKEN or BOARDCAST_API_KEY, so that streams can be checked.')
  }
  const answer = await fetchAll(deployment, '/api/v1/me', {headers: deployment.credential})
  const {code, detail, role} = jsonOf(answer)
  if (answer.status === 200) return `accepted; role ${role}`
  if (code === 'unauthenticated') {
    throw new Error(`A proxy drops the header ${header}. Let the proxy forward this header unchanged.`)
  }
  throw new Error(
    code
      ? `The server refused the credential (${code}): ${detail}`
      : `The credential could not be checked. ${explainUnexpected(answer)}`,
  )
}

/** For each header that the response must have: the part of its value that must be there. */
const requiredHeaders = {
  'event-id': '-',
  'cache-control': 'no-store',
  'x-request-id': '',
  'x-content-type-options': 'nosniff',
}

async function checkHeaders({url, credential}: Deployment): Promise<string> {
  const answer = await fetchAll({url, credential}, '/api/v1/projects?limit=1', {headers: credential})
  if (answer.status !== 200) throw new Error(`GET /api/v1/projects failed. ${explainUnexpected(answer)}`)
  const lost = Object.entries(requiredHeaders)
    .filter(([name, part]) => !answer.headers[name]?.includes(part))
    .map(([name]) => name)
  if (lost.length > 0) {
    throw new Error(
      `A proxy drops or changes these headers of responses: ${lost.join(', ')}. Let the proxy forward them unchanged; clients read Event-Id to continue with a stream.`,
    )
  }
  const refused = await refusedChange({url, credential})
  return refused.headers['ratelimit-policy']
    ? 'Event-Id, Cache-Control, X-Request-Id and RateLimit-Policy arrive'
    : 'Event-Id, Cache-Control and X-Request-Id arrive; RateLimit-Policy does not, so the server has no limits or a proxy drops the header'
}

/** Sends an invalid request for a change, because only the responses to changes have rate limits. */
function refusedChange(deployment: Deployment): Promise<Answer> {
  return fetchAll(deployment, '/api/v1/events/tickets', {
    method: 'POST',
    headers: {...deployment.credential, 'content-type': 'application/json'},
    body: '{"doctor": true}',
  })
}
