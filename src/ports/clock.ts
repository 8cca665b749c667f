/** Time as the engine sees it. `now` is milliseconds since the epoch (UTC); `sleep` ends early, without error, when `signal` aborts. */
export interface Clock {
  now(): number
  sleep(millis: number, signal?: AbortSignal): Promise<void>
}
