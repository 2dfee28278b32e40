/** The whole page: who is there, which page it is, and what is said in passing. */
import {BoardPage} from './board-page.tsx'
import {ErrorBoundary} from './error-boundary.tsx'
import {HomePage} from './home-page.tsx'
import {NewsProvider} from './news.tsx'
import {Failure} from './page-states.tsx'
import {useRoute} from './route.tsx'
import {SessionProvider} from './session.tsx'
import {ToastsProvider} from './toasts.tsx'

export function App() {
  return (
    <ErrorBoundary>
      <ToastsProvider>
        <SessionProvider>
          <NewsProvider>
            <Page />
          </NewsProvider>
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
      // Another sprint is another board, with nothing of the one before.
      return <BoardPage key={route.id} sprintId={route.id} />
    case 'nowhere':
      return <Failure title="There is no such page" detail="The address is not right." />
  }
}
