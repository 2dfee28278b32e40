/** The header `traceparent`, which also works without an SDK of OpenTelemetry. */

/** Returns the header if it is valid. [spec] W3C Trace Context, section 3.2: ids of only zeros are invalid. */
export function sentTraceparent(headers: Record<string, unknown>): string | undefined {
  const {traceparent} = headers
  const isValid =
    typeof traceparent === 'string' &&
    /^00-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/.test(traceparent)
  return isValid ? traceparent : undefined
}

/** Returns the id of the trace in the header, or undefined when there is no valid header. */
export function sentTraceId(headers: Record<string, unknown>): string | undefined {
  return sentTraceparent(headers)?.slice(3, 35)
}
