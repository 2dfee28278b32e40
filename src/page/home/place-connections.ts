/** The connections of the boards that `place-boards.ts` keeps. This file is small, because the page needs it from the start. */
import type {Connection} from '../organization/organization-stream.tsx'
import {createObservable} from '../parts/observable.ts'

export const placeConnections = createObservable<readonly Connection[]>([])
