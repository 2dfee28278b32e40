// Opens streams with clients that run in a browser. `window.openAll` receives the URL of a stream and the function that
// is called for each received event.
import {fetchEventSource} from '@microsoft/fetch-event-source'
import {EventSourcePolyfill} from 'event-source-polyfill'
import ReconnectingEventSource from 'reconnecting-eventsource'
import {SSE} from 'sse.js'

const type = 'task.created'

const likeEventSource = EventSource => (url, receive, options) => {
  const source = new EventSource(url, options)
  source.addEventListener(type, receive)
  source.addEventListener('message', receive)
  return source
}

const fetched = (url, receive, options) =>
  fetchEventSource(url, {
    openWhenHidden: true,
    onmessage: ({id, data}) => receive({lastEventId: id, data}),
    ...options,
  })

const clients = {
  EventSource: likeEventSource(EventSource),
  'reconnecting-eventsource 1': likeEventSource(ReconnectingEventSource),
  'event-source-polyfill 1': likeEventSource(EventSourcePolyfill),
  'fetch-event-source 2': fetched,
  'fetch-event-source 2, reconnects after an end': (url, receive) =>
    fetched(url, receive, {
      onclose() {
        throw new Error('The stream ended.')
      },
    }),
  'sse.js 2': (url, receive) => likeEventSource(SSE)(url, receive, {autoReconnect: true, maxRetries: null}),
}

/** Each stream needs a host of its own, because a browser opens at most six connections to a host. */
window.openAll = (urlOf, report) => {
  let hosts = 0
  for (const framing of ['event', 'message']) {
    for (const [client, open] of Object.entries(clients)) {
      const url = urlOf.replace('HOST', `client-${++hosts}.localhost`)
      open(`${url}&framing=${framing}`, ({lastEventId, data}) => {
        report({client, framing, id: lastEventId, ...JSON.parse(data)})
      })
    }
  }
}
