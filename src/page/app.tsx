/** The whole page: providers, and the component for the current address. */
import {BoardPage} from './board-page.tsx'
import {ErrorBoundary} from './error-boundary.tsx'
import {HomePage} from './home-page.tsx'
import {OrganizationStreamProvider} from './organization-stream.tsx'
import {Failure} from './page-states.tsx'
import {useRoute} from './route.tsx'
import {SessionProvider} from './session.tsx'
import {ToastsProvider} from './toasts.tsx'

export function App() {
  return (
    <ErrorBoundary>
      <ToastsProvider>
        <SessionProvider>
          <OrganizationStreamProvider>
            <Page />
          </OrganizationStreamProvider>
        </SessionProvider>
      </ToastsProvider>
    </ErrorBoundary>
  )
}

function Page() {
  const route = useRoute()
  switch (route.page) {
    case 'home':
      return <HomePage />
    case 'project':
      return <HomePage key={route.id} projectId={route.id} />
    case 'sprint':
      // Because of the key, each sprint gets a new component. The state of the previous board is therefore dropped.
      return <BoardPage key={route.id} sprintId={route.id} />
    case 'unknown':
      return <Failure title="Page not found" detail="Check the address, or open the list of projects." />
  }
}
