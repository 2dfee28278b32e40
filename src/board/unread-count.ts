/** The server counts unread notifications up to this number. A count that equals it means "this many or more". */
export const maxUnreadCount = 1_000
