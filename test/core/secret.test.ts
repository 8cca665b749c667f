import { inspect } from 'node:util'
import { serialize } from 'node:v8'
import { describe, expect, test, vi } from 'vitest'
import { Secret } from '../../src/core/secret.ts'

const TEXT = 'sk-or-v1-never-seen'
const secret = Secret.of(TEXT)

describe('a secret is never shown', () => {
  test.each<[string, () => string]>([
    ['String()', () => String(secret)],
    ['a template', () => `${secret}`],
    ['JSON', () => JSON.stringify({ secret, list: [secret] })],
    ['inspect', () => inspect(secret, { showHidden: true, depth: 9, getters: true, showProxy: true })],
    ['inspect of what holds it', () => inspect({ a: { b: new Map([[secret, new Set([secret])]]) } }, { depth: 9 })],
    [
      'its members',
      () => [...Object.keys(secret), ...Object.getOwnPropertyNames(secret), ...Object.values(secret)].join(),
    ],
    ['a spread copy', () => JSON.stringify({ ...secret })],
    ['a structured clone', () => inspect(structuredClone(secret))],
    ['serialization', () => serialize(secret).toString('latin1')],
    ['the message of an error', () => String(new Error(`failed with ${secret}`, { cause: secret }))],
    ['an error with it as cause', () => inspect(new Error('failed', { cause: secret }))],
    ['its locale string', () => secret.toLocaleString()],
  ])('by %s', (_, show) => {
    expect(show()).not.toContain('never-seen')
  })

  test('by the console', () => {
    const lines: string[] = []
    const spies = (['log', 'error', 'dir', 'table'] as const).map((method) =>
      vi
        .spyOn(console, method)
        .mockImplementation((...args: unknown[]) => void lines.push(inspect(args, { depth: 9 }))),
    )
    console.log('%s %o %O %j', secret, secret, secret, secret)
    console.error(secret)
    console.dir(secret)
    console.table([secret])
    for (const spy of spies) spy.mockRestore()
    expect(lines.length).toBe(4)
    expect(lines.join()).not.toContain('never-seen')
  })

  test('but by expose(), the only way out', () => {
    expect(secret.expose()).toBe(TEXT)
  })
})
