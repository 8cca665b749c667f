import { type ApiCall, type EmulatedApi, networkErrorPage, type Reply, withExtraFields } from './exchange.ts'
import type { ChosenFault } from './faults.ts'
import type { Draw } from './seeded.ts'

/** Plays a fault. null = the connection is cut. What is "after commit" happens in full before its answer is thrown away. */
export function answer(api: EmulatedApi, call: ApiCall, fault: ChosenFault | null, draw: Draw): Reply | null {
  if (fault === null) return api.handle(call, null)
  const { kind } = fault
  switch (kind) {
    case 'slow':
      return api.handle(call, null)
    case 'page-shift':
    case 'page-gap':
    case 'page-size':
      return api.handle(call, kind)
    case 'rate-limit':
      return api.failure(429)
    case 'rate-limit-retry-after':
      return api.failure(429, { 'retry-after': '1' })
    case 'error-before-commit':
      return api.failure(draw() < 0.5 ? 500 : 503)
    case 'error-after-commit':
      api.handle(call, null)
      return api.failure(500)
    case 'cut-before-commit':
      return null
    case 'cut-after-commit':
      api.handle(call, null)
      return null
    case 'html':
      return networkErrorPage()
    case 'admission-before-commit':
      return admission(api)
    case 'admission-after-commit':
      api.handle(call, null)
      return admission(api)
    case 'extra-fields':
      return withExtraFields(api.handle(call, null))
    default:
      throw new Error(`unknown fault ${JSON.stringify(kind satisfies never)}`)
  }
}

/** What Strait says when its database is busy, also when only the commit failed to be confirmed. */
function admission(api: EmulatedApi): Reply {
  return api.failure(429, { 'retry-after': '1' }, 'database admission control throttled')
}
