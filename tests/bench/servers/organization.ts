/** The organization's name in the tokens of all readers. */
export const organization = 'acme'
