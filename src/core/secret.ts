/**
 * A value that must never be seen. It has no text form: printing, JSON and inspection show an empty object.
 * `expose()` is the only way out; its callers are listed and counted by a test.
 */
export class Secret {
  readonly #value: string

  private constructor(value: string) {
    this.#value = value
  }

  static of(value: string): Secret {
    return new Secret(value)
  }

  expose(): string {
    return this.#value
  }
}
