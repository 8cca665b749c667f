import { MINUTE, type Millis, SECOND } from '../core/time.ts'

/** How often the loop looks at least, where nobody said. */
export const EVERY: Millis = 10 * MINUTE
/** How soon it looks again after the first look that came to nothing; each later pause is twice as long. */
export const FIRST_PAUSE: Millis = 15 * SECOND
