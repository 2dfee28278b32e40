/**
 * For each database session, sets the formats of values and the isolation of transactions that the program expects. A
 * database or a role can have other defaults (`alter database … set datestyle`).
 */
export const setFormats = `set datestyle = 'ISO, YMD';
  set timezone = 'UTC';
  set bytea_output = 'hex';
  set extra_float_digits = 1;
  set standard_conforming_strings = on;
  set default_transaction_isolation = 'read committed'`
