/** All cases, in the order in which they run. */
import type {Case} from './case.ts'
import {connections} from './cases/connections.ts'
import {drain} from './cases/drain.ts'
import {expiry} from './cases/expiry.ts'
import {fanOut} from './cases/fan-out.ts'
import {framing} from './cases/framing.ts'
import {heads} from './cases/heads.ts'
import {heartbeats} from './cases/heartbeats.ts'
import {methods} from './cases/methods.ts'
import {order} from './cases/order.ts'
import {proxies} from './cases/proxies.ts'
import {resume} from './cases/resume.ts'
import {slowReaders} from './cases/slow-readers.ts'

export const cases: readonly Case[] = [
  ...framing,
  ...heads,
  ...methods,
  ...resume,
  ...order,
  ...fanOut,
  ...expiry,
  ...drain,
  ...slowReaders,
  ...heartbeats,
  ...proxies,
  ...connections,
]
