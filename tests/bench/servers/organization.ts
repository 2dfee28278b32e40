/** What tokens call the organization that everybody reads. */
export const organization = 'acme'
