import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const HOUSE = resolve(import.meta.dirname, '../../src/emulators')

test('the emulators import nothing but node and each other: a double that shares code with the client proves nothing', () => {
  const files = readdirSync(HOUSE, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  const outside = files.flatMap((name) => {
    const path = join(HOUSE, name)
    const targets = [...readFileSync(path, 'utf8').matchAll(/(?:from|import\()\s*'([^']+)'/g)].map(
      ([, target = '']) => target,
    )
    const isOurs = (target: string): boolean =>
      target.startsWith('.') && resolve(dirname(path), target).startsWith(`${HOUSE}/`)
    return targets
      .filter((target) => !target.startsWith('node:') && !isOurs(target))
      .map((target) => `${name}: ${target}`)
  })
  expect(files.length).toBeGreaterThan(10)
  expect(outside).toEqual([])
})
