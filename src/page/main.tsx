/** The entry point: renders the page into the document. */
// These style sheets are imported first, so that the style sheets of the components can override them.
import './parts/theme.css'
import './parts/page.css'
import './parts/controls.css'
import {createRoot} from 'react-dom/client'
import {App, preloadScreen} from './app.tsx'
import {showTheme} from './parts/settings.ts'

showTheme()
preloadScreen()
createRoot(document.getElementById('app')!).render(<App />)
