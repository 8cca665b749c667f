/** A value, or a type, that is not what it should be. The message holds the path and the expectation, never the value itself. */
export class ValueError extends Error {
  override readonly name = 'ValueError'
}
