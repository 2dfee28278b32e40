/**
 * In each database session, sets the value formats and the transaction isolation that the program expects. A database
 * or a role can have other defaults (`alter database … set datestyle`).
 */
export const setFormats = `set datestyle = 'ISO, YMD';
  set timezone = 'UTC';
  set bytea_output = 'hex';
  set extra_float_digits = 1;
  set standard_conforming_strings = on;
  set default_transaction_isolation = 'read committed'`
