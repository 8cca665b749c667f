import { display, markdown } from '../../core/display.ts'
import { type Drift, driftOf } from '../../core/drift.ts'
import type { Session } from '../../engine/session.ts'
import { idIn } from '../render/change.ts'
import { document } from '../render/json.ts'
import { block, counted, pad, widest } from '../render/text.ts'
import { fieldValue } from '../render/words.ts'
import type { Args, Command, ExitCode, Shell } from '../shell/command.ts'
import { assertStackRuns, look } from '../shell/planning.ts'
import { openReader } from '../shell/world.ts'

export const drift: Command = {
  name: 'drift',
  describe: 'Shows what was changed outside keywright: live keys against the record. Exit code 2 when there is any.',
  words: '[addresses...]',
  examples: ['keywright drift', 'keywright drift --json'],
  run,
}

async function run(shell: Shell, { words }: Args): Promise<ExitCode> {
  const opened = await openReader(shell, { words, allowEmpty: true })
  try {
    const session = await look(opened, opened.context)
    assertStackRuns(session)
    const found = session.subjects.flatMap(driftOf)
    shell.stdout(render(found, session, shell))
    return found.length + session.plan.unclaimed > 0 ? 2 : 0
  } finally {
    await opened.close()
  }
}

function render(found: readonly Drift[], { plan }: Session, { format, columns }: Shell): string {
  const { stack, unclaimed, keys } = plan
  if (format === 'json') return document('drift', { stack, at: plan.at, drift: found, unclaimed })
  const rows = found.map((one) => ({ id: `${idIn(stack, one.address)} #${one.n}`, text: wordsOf(one) }))
  const strays = `${counted(unclaimed, 'live key')} with the marker of this stack that no record issued   (keywright census)`
  const end = found.length + unclaimed === 0 ? [`No drift: ${counted(keys, 'key')} as keywright left them.`] : []
  if (format === 'markdown')
    return block([
      ...rows.map(({ id, text }) => `- ${markdown(id)} ${markdown(text)}`),
      ...(unclaimed ? [`- ${strays}`] : []),
      ...end,
    ])
  const width = widest(
    rows.map(({ id }) => id),
    Math.floor(columns / 2),
  )
  return block([
    ...rows.map(({ id, text }) => `  ! ${pad(id, width)}  ${text}`),
    ...(unclaimed ? [`  ! ${strays}`] : []),
    ...end,
  ])
}

function wordsOf(one: Drift): string {
  switch (one.what) {
    case 'deleted':
      return 'deleted outside keywright'
    case 'name':
      return `name "${display(one.from, { max: 60 })}" -> "${display(one.to, { max: 60 })}"`
    case 'field':
      return `${one.field} ${fieldValue(one.field, one.from)} -> ${fieldValue(one.field, one.to)}, ${ends(one.direction)}`
    default:
      return one satisfies never
  }
}

function ends(direction: 'tightened' | 'loosened' | 'changed'): string {
  return direction === 'tightened' ? 'stricter: apply leaves it alone' : 'apply puts it back'
}
