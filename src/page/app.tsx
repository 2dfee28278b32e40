/** The whole page: providers, and the component for the current address. */

import {BoardPage} from './board/board-page.tsx'
import {OrganizationStreamProvider} from './organization/organization-stream.tsx'
import {TaskByKey} from './organization/task-by-key.tsx'
import {ErrorBoundary} from './parts/error-boundary.tsx'
import {lazyScreen, usePreload} from './parts/lazy-part.tsx'
import {NotesProvider} from './parts/notes.tsx'
import {Failure} from './parts/page-states.tsx'
import {usePageTitle} from './parts/page-title.ts'
import {useRoute} from './parts/route.tsx'
import {SessionProvider} from './session/session.tsx'
import {UndoProvider} from './undo/record-act.tsx'

const HomePage = lazyScreen(async () => (await import('./home/home-page.tsx')).HomePage)
const MyWork = lazyScreen(async () => (await import('./home/my-work.tsx')).MyWork)

/** Loads the code of the screen while the page asks the server who is signed in. */
export function preloadScreen(): void {
  const [, first] = location.pathname.split('/')
  if (first === 'my-work') MyWork.preload()
  else if (first !== 'sprints' && first !== 'tasks') HomePage.preload()
}

export function App() {
  return (
    <ErrorBoundary>
      <SessionProvider>
        {/* Inside the session, so that the notes about what a member has done end with the sign-out. */}
        <NotesProvider>
          <OrganizationStreamProvider>
            <UndoProvider>
              <Page />
            </UndoProvider>
          </OrganizationStreamProvider>
        </NotesProvider>
      </SessionProvider>
    </ErrorBoundary>
  )
}

function Page() {
  const route = useRoute()
  usePreload([HomePage])
  switch (route.page) {
    case 'home':
      return <HomePage />
    case 'my-work':
      return <MyWork />
    case 'project':
      return <HomePage key={route.id} projectId={route.id} />
    case 'sprint':
      // Because of the key, each sprint gets a new component. The state of the previous board is therefore dropped.
      return <BoardPage key={route.id} sprintId={route.id} />
    case 'task':
      return <TaskByKey taskKey={route.key} />
    case 'unknown':
      return <PageNotFound />
  }
}

function PageNotFound() {
  usePageTitle('Page not found')
  return <Failure title="Page not found" detail="Check the address, or open the list of projects." />
}
