/** Renders the page into its document. */
// These style sheets come first so that those of the components can override them.
import './theme.css'
import './page.css'
import './controls.css'
import {createRoot} from 'react-dom/client'
import {App} from './app.tsx'
import {showTheme} from './settings.ts'

showTheme()
createRoot(document.getElementById('app')!).render(<App />)
