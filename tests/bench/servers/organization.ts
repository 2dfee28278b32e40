/** The organization of all readers, as it is named in their tokens. */
export const organization = 'acme'
