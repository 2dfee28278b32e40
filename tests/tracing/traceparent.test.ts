import test from 'ava'
import {sentTraceId, sentTraceparent} from '../../src/tracing/traceparent.ts'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const valid = `00-${traceId}-00f067aa0ba902b7-01`

test('the id of the trace is read from a valid traceparent', t => {
  t.is(sentTraceparent({traceparent: valid}), valid)
  t.is(sentTraceId({traceparent: valid}), traceId)
})

for (const traceparent of [
  undefined,
  '',
  valid.toUpperCase(),
  `${valid}-x`,
  `ff${valid.slice(2)}`,
  `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
  `00-${traceId}-${'0'.repeat(16)}-01`,
  `00-${traceId.slice(1)}-00f067aa0ba902b7-01`,
]) {
  test(`an invalid traceparent is ignored: ${JSON.stringify(traceparent)}`, t => {
    t.is(sentTraceparent({traceparent}), undefined)
    t.is(sentTraceId({traceparent}), undefined)
  })
}
