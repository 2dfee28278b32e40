/** What every page of the documentation does in the browser. All pages can be read without this script. */

import {markVisibleSection} from './contents.ts'
import {enableCopyButtons} from './copy.ts'
import {enableSearch} from './search.ts'
import {enableThemeButton} from './theme-button.ts'

enableCopyButtons()
enableThemeButton()
enableSearch()
markVisibleSection()
