/** Counts of unread notifications stop here: this number means "this many or more". */
export const maxUnreadCount = 1_000
