// Opens streams with clients that run in Node. The argument is the URL of a stream. Prints one line of JSON for each
// received event: the name of the client, the framing, and the id of the event and its data.
import EventSource2 from 'eventsource-2'
import {EventSource as EventSource4} from 'eventsource-4'
import {EventSource as EventSource5} from 'eventsource-5'
import {createEventSource} from 'eventsource-client'
import launchDarkly from 'launchdarkly-eventsource'
import {EventSource as Undici} from 'undici'

const type = 'task.created'

/** Opens a client with the interface of EventSource. */
const likeEventSource = EventSource => (url, receive, options) => {
  const source = new EventSource(url, options)
  source.addEventListener(type, receive)
  source.addEventListener('message', receive)
  source.addEventListener('error', () => {})
}

const clients = {
  'eventsource 2': likeEventSource(EventSource2),
  'eventsource 4': likeEventSource(EventSource4),
  'eventsource 5': likeEventSource(EventSource5),
  'undici 7': likeEventSource(Undici),
  'launchdarkly-eventsource 2': likeEventSource(launchDarkly.EventSource),
  'eventsource-client 1': (url, receive) => {
    createEventSource({url, onMessage: ({id, data}) => receive({lastEventId: id, data})})
  },
}

for (const framing of ['event', 'message']) {
  const url = `${process.argv[2]}&framing=${framing}`
  for (const [client, open] of Object.entries(clients)) {
    open(url, ({lastEventId, data}) => {
      console.log(JSON.stringify({client, framing, id: lastEventId, ...JSON.parse(data)}))
    })
  }
}
