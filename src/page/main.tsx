/** Renders the page into its document. */
// First, so that what a part of the page says of itself stands above it.
import './theme.css'
import './page.css'
import './controls.css'
import {createRoot} from 'react-dom/client'
import {App} from './app.tsx'
import {showTheme} from './settings.ts'

showTheme()
createRoot(document.getElementById('app')!).render(<App />)
