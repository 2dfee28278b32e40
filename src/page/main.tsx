/** Renders the page into its document. */
import {createRoot} from 'react-dom/client'
import {App} from './app.tsx'
import {showTheme} from './settings.ts'
import './page.css'

showTheme()
createRoot(document.getElementById('app')!).render(<App />)
