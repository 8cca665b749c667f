import { MINUTE, type Millis } from '../core/time.ts'

/** How often the loop looks at least, where nobody said. */
export const EVERY: Millis = 10 * MINUTE
