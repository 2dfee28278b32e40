/** The name, in tokens, of the organization that all readers belong to. */
export const organization = 'acme'
