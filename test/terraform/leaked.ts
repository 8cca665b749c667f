/** The grep: secrets that occur in texts, as they are or in another common form. */
export function leaked(texts: readonly string[], secrets: readonly string[]): readonly string[] {
  const whole = texts.join('\n')
  return secrets.filter((secret) => formsOf(secret).some((form) => whole.includes(form)))
}

/** Base64 in each of the three places at which it may begin, without its first and last letters, which depend on what is around. */
function formsOf(secret: string): readonly string[] {
  const shifted = [0, 1, 2].map((n) =>
    Buffer.from('\0'.repeat(n) + secret)
      .toString('base64')
      .slice(4, -4),
  )
  return [secret, Buffer.from(secret).toString('hex'), encodeURIComponent(secret), ...shifted]
}
