/** Files made to hurt a reader. Each ends in a diagnostic; what is measured is how soon. */
const MIB = 1024 * 1024

const key = (id: string): string => `  ${id}: { limit: 1, deliverTo: ["dotenv:A"] }\n`

/** Ten levels of ten references each: ten thousand million nodes when written out. */
function aliasBomb(): string {
  const level = (n: number): string => `l${n}: &l${n} [${Array.from({ length: 10 }, () => `*l${n - 1}`).join(', ')}]\n`
  return `l0: &l0 [a]\n${Array.from({ length: 10 }, (_, n) => level(n + 1)).join('')}keys: *l10\n`
}

function repeated(text: (n: number) => string, bytes: number): string {
  const parts: string[] = []
  for (let n = 0, length = 0; length < bytes; n++) {
    const part = text(n)
    parts.push(part)
    length += part.length
  }
  return parts.join('')
}

export const HOSTILE: Readonly<Record<string, () => string>> = {
  'alias-bomb': aliasBomb,
  'deep-brackets': () => `keys: ${'['.repeat(100_000)}\n`,
  'deep-blocks': () => `keys:\n${Array.from({ length: 2000 }, (_, n) => `${' '.repeat(n + 1)}a:\n`).join('')}`,
  'too-large': () => `keys:\n${repeated((n) => key(`k${n}`), 4.5 * MIB)}`,
  'one-line': () => `keys: { a: { limit: 1, purpose: "${'x'.repeat(3.9 * MIB)}`,
  'flow-line': () => `keys: { ${repeated((n) => `k${n}: {limit: 1}, `, 3.9 * MIB)}`,
  duplicates: () => `keys:\n${repeated(() => key('a'), MIB)}`,
  mistakes: () => `keys:\n${repeated((n) => `  k${n}: { limt: 1 }\n`, MIB)}`,
  nul: () => `keys:\n${key('a')}\u0000${key('b')}`,
  tabs: () => `keys:\n${repeated((n) => `\tk${n}: 1\n`, MIB)}`,
  anchors: () => `keys:\n${repeated((n) => `  k${n}: &a${n} { limit: 1 }\n`, MIB)}  z: *nowhere\n`,
}
