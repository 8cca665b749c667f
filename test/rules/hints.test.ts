/** What a message tells people to type must exist. */
import { expect, test } from 'vitest'
import { COMMANDS } from '../../src/cli/commands/index.ts'
import { filesIn } from './sources.ts'

/** Words of prose after the name of the product, which name no command. */
const PROSE = new Set(
  `a accepts adds again and as can cannot could does emulator finds gives has in is keeps knows left manifest marker needs never or
  reads recognises refused run saw says stopped stops that the to wants was will works writes`.split(/\s+/),
)

/** A command in a text of ours: `keywright WORD` that follows a quote, a space or a bracket. */
function namedIn(text: string): readonly string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, ' ')
  return [...code.matchAll(/(?<![\w./-])keywright ([a-z][a-z-]*)/g)].map(([, word = '']) => word)
}

test('names no command that this release does not have', () => {
  const missing = filesIn(['src']).flatMap(({ path, text }) =>
    namedIn(text)
      .filter((word) => !Object.hasOwn(COMMANDS, word) && !PROSE.has(word))
      .map((word) => `${path}: keywright ${word}`),
  )
  expect(missing).toEqual([])
})

test('names only parts of a noun that exist', async () => {
  const state = await COMMANDS.state?.load()
  const known = state && 'commands' in state ? state.commands.map(({ name }) => name.split(' ').at(-1)) : []
  const named = filesIn(['src']).flatMap(({ path, text }) =>
    [...text.matchAll(/keywright state ([a-z][a-z-]*)/g)].map(([, word = '']) => ({ path, word })),
  )
  expect(known.length).toBeGreaterThan(0)
  expect(named.filter(({ word }) => !known.includes(word))).toEqual([])
})
