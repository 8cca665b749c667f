import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'

type Node = Readonly<Record<string, unknown>>

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null

/** Every schema node below one, with its path. */
function* nodesOf(node: Node, path: string): Generator<readonly [path: string, node: Node]> {
  yield [path, node]
  for (const [name, inner] of Object.entries(node))
    if (isNode(inner) && name !== 'examples') yield* nodesOf(inner, `${path}.${name}`)
}

describe.each(['manifest', 'config'])('the published schema of a %s', (name) => {
  const schema: Node = JSON.parse(readFileSync(`schemas/keywright.${name}.schema.json`, 'utf8'))
  const shown = [...nodesOf(schema, name)].filter(([, { examples }]) => Array.isArray(examples))

  test('shows only examples that it accepts', () => {
    const ajv = new Ajv({ strict: false })
    expect(shown.length).toBeGreaterThan(40)
    for (const [path, { examples, ...node }] of shown) {
      const accepts = ajv.compile({ ...node, definitions: schema.definitions })
      for (const example of [examples].flat())
        expect(accepts(example), `${path}: ${JSON.stringify(example)}`).toBe(true)
    }
  })

  test('describes and shows every member of a rotation, a window, a retirement and a freeze', () => {
    const described = shown.filter(([, { description }]) => typeof description === 'string').map(([path]) => path)
    const members = ['jitter', 'window', 'days', 'hours', 'zone', 'retire', 'when', 'quiet', 'by', 'budget', 'native']
    const others = name === 'config' ? ['loop', 'freeze', 'from', 'to', 'reason'] : ['scopes', 'environmentId']
    for (const member of [...members, ...others, 'guardrail'])
      expect(
        described.filter((path) => path.endsWith(`.properties.${member}`)),
        member,
      ).not.toEqual([])
  })
})
