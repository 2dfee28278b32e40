/** Obtains credentials that the server issues: sessions of the page, and tickets for streams. */
import type {Form} from './caller.ts'
import {type Client, requireSuccess} from './client.ts'

const fromOwnPage = {'sec-fetch-site': 'same-origin'}

/** Signs in. Returns the name and the value of the session cookie, separated by `=`. */
export async function signIn(client: Client, token: string): Promise<string> {
  const sent = {method: 'POST', path: '/api/v1/session', headers: fromOwnPage, body: {token}}
  const {headers} = await requireSuccess(client.send(sent))
  return headers['set-cookie']!.split(';')[0]!
}

/** Signs in and out. Returns the cookie of the session that has ended. */
export async function signInAndOut(client: Client, token: string): Promise<string> {
  const cookie = await signIn(client, token)
  const headers = {...fromOwnPage, cookie}
  await requireSuccess(client.send({method: 'DELETE', path: '/api/v1/session', headers}))
  return cookie
}

/** Returns a ticket for the streams of all tasks. The first stream of the ticket must open within 30 s. */
export async function buyTicket(client: Client, by: Form): Promise<string> {
  const sent = {method: 'POST', path: '/api/v1/events/tickets', ...by, body: {topics: ['tasks']}}
  return (await requireSuccess(client.send(sent))).body.ticket
}

/** Opens a stream with the ticket, and closes the stream. */
export async function openWithTicket(client: Client, ticket: string): Promise<void> {
  const {text} = await client.send({method: 'GET', path: '/api/v1/events', query: {ticket}})
  if (!text.includes('stream.ready')) throw new Error(`The ticket opens no stream: ${text}`)
}
