import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Secret } from '../../src/core/secret.ts'
import { fillFrame, frame, secretInFrame, type TemplateValues, templateProblems } from '../../src/core/template.ts'
import { extractSecret, fingerprint, renderPlace } from '../../src/sinks/bytes.ts'

const values: TemplateValues = { id: 'ci/bot', name: 'CI "bot"', hash: 'f01d', expiresAt: null, generation: 3 }
const render = (template: string | undefined, secret = 'sk-1', facts = values): string =>
  fillFrame(frame(template, facts), secret)

describe('a template', () => {
  it('fills in the secret and the facts of the key', () => {
    expect(render('${id} ${name} ${hash} ${expiresAt} ${generation}: ${secret}')).toBe(
      'ci/bot CI "bot" f01d never 3: sk-1',
    )
  })

  it('that is absent means the bare secret', () => {
    expect(render(undefined)).toBe('sk-1')
  })

  it('escapes values when it is a JSON object or array', () => {
    const text = render('{"key": "${secret}", "who": "${name}", "n": ${generation}}', 's"k\\')
    expect(JSON.parse(text)).toEqual({ key: 's"k\\', who: 'CI "bot"', n: 3 })
  })

  it('escapes nothing when it only looks like JSON', () => {
    expect(render('[section] key=${secret} # ${name}')).toBe('[section] key=sk-1 # CI "bot"')
  })

  it('does not expand what a value brings in', () => {
    expect(render('${name}=${secret}', 'a${id}b', { ...values, name: '${hash}' })).toBe('${hash}=a${id}b')
  })

  it.each([
    ['no secret', /never uses/],
    ['${secret}${secret}', /2 times/],
  ])('must hold the secret exactly once: %s', (template, message) => {
    expect(templateProblems(template).map((problem) => problem.message)).toEqual([expect.stringMatching(message)])
    expect(() => frame(template, values)).toThrow(RangeError)
  })

  it('suggests the nearest placeholder for an unknown one, and lists all when none is near', () => {
    expect(templateProblems('${secret} ${expireAt}')[0]?.hint).toBe('did you mean ${expiresAt}?')
    expect(templateProblems('${secret} ${zzzzzzzz}')[0]?.hint).toContain('${hash}')
  })

  it('gives the secret back from what it rendered, whatever both are', () => {
    const unit = fc.constantFrom('a', '$', '{', '}', '"', '\\', '\n', 'é', '😀', 'secret')
    const text = fc.string({ unit })
    fc.assert(
      fc.property(text, text, fc.string({ unit, minLength: 1 }), fc.boolean(), (before, after, secret, json) => {
        fc.pre(!/\$\{[^{}]*\}/.test(before + after) && !before.endsWith('$'))
        const template = json ? `{"a":"${'${secret}'}","b":"\${name}"}` : `${before}${'${secret}'}${after}`
        fc.pre(templateProblems(template).length === 0)
        const made = frame(template, values)
        expect(secretInFrame(made, fillFrame(made, secret))).toBe(secret)
      }),
    )
  })

  it.each(['Bearer sk-1', 'bearer sk-1 x', 'Bearer  x', ''])(
    'finds no secret in a text it did not render: %j',
    (text) => {
      expect(secretInFrame(frame('Bearer ${secret} x', values), text)).toBeNull()
    },
  )

  it.each(['{"k":"a","z":"b"}', '{"k":"\\u0061"}', '{"k":""}'])('finds no secret in other JSON: %s', (text) => {
    expect(secretInFrame(frame('{"k":"${secret}"}', values), text)).toBeNull()
  })
})

describe('rendered bytes', () => {
  it('keep the secret inside Secret, with the SHA-256 of the exact bytes', () => {
    const { bytes, fingerprint: print } = renderPlace(Secret.of('abc'), undefined, values)
    expect(print).toBe('sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
    expect(JSON.stringify(bytes)).toBe('{}')
  })

  it('give the secret back, and nothing for the values of another key', () => {
    const { bytes } = renderPlace(Secret.of('sk-1'), '${hash} ${secret}', values)
    expect(extractSecret(bytes, '${hash} ${secret}', values)?.expose()).toBe('sk-1')
    expect(extractSecret(bytes, '${hash} ${secret}', { ...values, hash: 'beef' })).toBeNull()
    expect(fingerprint(bytes)).toMatch(/^sha256:[0-9a-f]{64}$/)
  })
})
