/** The server stops counting unread notifications at this number. A count of 1,000 means "1,000 or more". */
export const maxUnreadCount = 1_000
