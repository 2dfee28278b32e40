/** Descriptions are not part of a board. The page reads the description of a task or story only when necessary. */
import {useEffect} from 'react'
import {type Fetched, useFetched} from '../parts/fetched.ts'
import {LoadError, Loading} from '../parts/page-states.tsx'
import {useSession} from '../session/session.tsx'

interface Described {
  version: number
  /** Undefined when no event has delivered the description. */
  description?: string | undefined
}

interface Description extends Fetched<Described> {
  /** Undefined until the description is loaded. */
  text: string | undefined
}

/** Returns the description of the task or story. */
export function useDescription(
  kind: 'tasks' | 'stories',
  {id, version, description}: Described & {id: string},
): Description {
  const {api} = useSession()
  const isMissing = description === undefined
  const fetched = useFetched<Described>(isMissing && id, () =>
    api.call(`GET /${kind}/{id}` as const, {params: {id}}),
  )
  const {value, refetch} = fetched
  const isOutdated = isMissing && value !== undefined && value.version < version
  // biome-ignore lint/correctness/useExhaustiveDependencies: each new version is read once
  useEffect(() => {
    if (isOutdated) refetch()
  }, [isOutdated, version])
  return {...fetched, text: description ?? value?.description}
}

/** The content of the panel while the description is loading, or when the description could not be loaded. */
export function LoadingDescription({of}: {of: Fetched<unknown>}) {
  if (of.error === undefined) return <Loading label="Loading the description" />
  return <LoadError of={of}>Could not load the description.</LoadError>
}
