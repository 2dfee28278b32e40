/** Notifications on the desktop, for members who look at another window. Each browser has its own setting. */
import type {Notification as BoardNotification} from '../../client/client.ts'
import {causeText} from '../parts/words.ts'

// After a broken connection, the stream repeats what was missed. Older notifications are only in the list.
const maxAgeMs = 60_000

/** Whether the browser has desktop notifications. Browsers of phones have them only for installed pages. */
export const isSupported = 'Notification' in globalThis

/**
 * Shows the notification on the desktop if the member has chosen this, the browser permits it, and the page is hidden.
 * Several tabs of one browser show one notification, because it has the same tag in each of them.
 */
export function showOnDesktop(
  notification: BoardNotification,
  {actor, isChosen, onClick}: {actor: string; isChosen: boolean; onClick(): void},
): void {
  const {title, text, created_at} = notification
  const isOld = Date.now() - Date.parse(created_at) > maxAgeMs
  if (!isChosen || !isSupported || Notification.permission !== 'granted' || !document.hidden || isOld) return
  const body = [title, text].filter(Boolean).join('\n')
  try {
    const tag = tagOf(notification)
    const shown = new Notification(`${actor} ${causeText(notification)}`, {body, tag, icon: iconAddress()})
    shown.onclick = () => {
      window.focus()
      shown.close()
      onClick()
    }
  } catch {
    // Some browsers of phones have the class, and throw when a page uses it.
  }
}

/**
 * The notifications of one request have the same tag, so that the desktop shows only the last one: a member can assign 100
 * tasks at once.
 */
export function tagOf({
  actor_user_id,
  cause,
  created_at,
}: Pick<BoardNotification, 'actor_user_id' | 'cause' | 'created_at'>): string {
  return `${actor_user_id} ${cause} ${created_at}`
}

function iconAddress(): string {
  return document.querySelector<HTMLLinkElement>('link[rel=icon]')?.href ?? ''
}
