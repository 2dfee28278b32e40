/** What the member can do on the screen that is shown. The search offers these commands. */
import {useEffect} from 'react'

export interface Command {
  label: string
  run(): void
}

interface ScreenCommands {
  commands: readonly Command[]
  /** The project that the screen shows, or undefined when the screen shows several projects. */
  projectId?: string | undefined
}

let shown: ScreenCommands = {commands: []}

/** Offers the commands while the component is mounted. */
export function useCommands(current: ScreenCommands): void {
  useEffect(() => {
    shown = current
    return () => {
      shown = {commands: []}
    }
  })
}

export function currentCommands(): ScreenCommands {
  return shown
}
