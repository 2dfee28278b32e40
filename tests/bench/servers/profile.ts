/** Records a CPU profile of this process: the self time of each function. */
import {type Profiler, Session} from 'node:inspector/promises'

export interface ProfileRow {
  /** The function's name, file and line. */
  place: string
  /** The function's share of the time in which the process was not idle. */
  share: number
}

let session: Session | undefined

export async function startProfile(): Promise<void> {
  session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', {interval: 200}) // microseconds
  await session.post('Profiler.start')
}

/** Stops the profile. Returns the functions, beginning with the longest self time. */
export async function stopProfile(): Promise<ProfileRow[]> {
  const {profile} = await session!.post('Profiler.stop')
  session!.disconnect()
  const times = selfTimes(profile)
  for (const place of excludedFunctions) times.delete(place)
  const total = [...times.values()].reduce((sum, time) => sum + time, 0)
  return [...times].map(([place, time]) => ({place, share: time / total})).sort((a, b) => b.share - a.share)
}

// The profile excludes idle time and calls to the profiler.
const excludedFunctions = ['(idle)', 'dispatch']

function selfTimes({nodes, samples = [], timeDeltas = []}: Profiler.Profile): Map<string, number> {
  const placeOf = new Map(nodes.map(({id, callFrame}) => [id, formatPlace(callFrame)]))
  const times = new Map<string, number>()
  for (const [index, id] of samples.entries()) {
    const place = placeOf.get(id)!
    times.set(place, (times.get(place) ?? 0) + timeDeltas[index]!)
  }
  return times
}

function formatPlace({
  functionName,
  url,
  lineNumber,
}: Profiler.Profile['nodes'][number]['callFrame']): string {
  if (url === '') return functionName // a function of V8 or of native code in Node
  const file = url.replace(/.*\/(?=src\/|tests\/|node_modules\/)/, '')
  return `${functionName || '(anonymous)'} ${file}:${lineNumber + 1}`
}
