/** What an import did, and what is left to do by hand. */
import type { Diagnostic } from '../../core/diagnostic.ts'
import { display } from '../../core/display.ts'
import type { Outcome } from '../../engine/job.ts'
import type { ExitCode, Look } from '../shell/command.ts'
import { quoted } from '../shell/quoted.ts'
import type { Imported, Was } from './imported.ts'
import { document } from './json.ts'
import { block, counted, paragraph } from './text.ts'

export interface ImportView {
  readonly file: string
  /** Written into the file. */
  readonly entries: readonly Imported[]
  /** All that were asked for and can be taken over, those that a manifest adopts already included. */
  readonly chosen: readonly Omit<Imported, 'was'>[]
  /** Configured providers whose keys cannot be taken over. */
  readonly closed: readonly string[]
  /** By key: the Terraform resource it comes from. */
  readonly was: ReadonlyMap<string, Was>
  /** Resources of those states that are no keys. */
  readonly others: number
  readonly warnings: readonly Diagnostic[]
  /** Of the records; `null` where none were to be made. */
  readonly outcomes: readonly Outcome[] | null
}

export function renderImport(view: ImportView, look: Look): string {
  if (look.format === 'json') return document('import', plain(view))
  const { chosen, closed } = view
  return block(
    // What is to be typed stays on one line, however long.
    [
      ...(chosen.length === 0 ? nothing(view) : done(view)).flatMap((line) => paragraph(line, look.columns, 0)),
      ...(closed.length === 0
        ? []
        : paragraph(
            `Keys of ${display(closed.join(', '))} cannot be taken over: its API changes no name and shows no hash of a secret. An entry with deliverTo issues new ones.`,
            look.columns,
            0,
          )),
      ...(view.was.size === 0 ? [] : ['', ...aftermath(view, look)]),
    ],
  )
}

function plain({ file, entries, chosen, closed, was, others, warnings, outcomes }: ImportView) {
  return {
    file: entries.length === 0 ? null : file,
    recorded: outcomes === null ? 0 : outcomes.filter(isRecorded).length,
    keys: chosen.map(({ key, id, provider }) => {
      const from = was.get(key.id)
      return {
        id,
        provider,
        key: key.id,
        ...(from ? { terraform: from.address, plaintext: from.plaintext, tainted: from.tainted } : {}),
      }
    }),
    closed,
    ...(was.size > 0 || others > 0 ? { otherResources: others } : {}),
    warnings,
  }
}

function nothing({ others, warnings }: ImportView): readonly string[] {
  if (others > 0 || warnings.length > 0)
    return [
      `No key of that state can be taken over; ${counted(others, 'other resource')} ignored. Nothing was written.`,
    ]
  return ['No live key is free to be taken over. Nothing was written.']
}

function done(view: ImportView): readonly string[] {
  const { file, entries, chosen, outcomes, was, others } = view
  const ignored = was.size === 0 || others === 0 ? '' : ` ${counted(others, 'other resource')} ignored.`
  const wrote =
    entries.length === 0
      ? `${counted(chosen.length, 'key')} already in the manifests; nothing was written.`
      : `Wrote ${display(file)}: ${counted(entries.length, 'key')}. No key was changed.`
  if (outcomes === null) return [`${wrote}${ignored}`, 'Next: keywright plan   then keywright apply takes them over']
  const open = outcomes.filter((one) => !isRecorded(one))
  return [
    `${wrote}${ignored}`,
    `Recorded ${counted(outcomes.length - open.length, 'key')} as found: each keeps its name until something else about it is changed.`,
    ...open.map(
      ({ address, problem }) => `  ${display(address)}  ${problem?.code ?? 'open'}: ${display(problem?.message ?? '')}`,
    ),
    'Next: keywright plan   shows nothing to do for them',
  ]
}

function isRecorded({ record, status }: Outcome): boolean {
  return status === 'settled' && record !== null && record.serial > 0
}

/** 0, or what kept a key from being recorded: 1 a code, 5 something that was down. */
export function hasWrongEnd({ outcomes }: ImportView): ExitCode {
  const open = (outcomes ?? []).filter((one) => !isRecorded(one))
  if (open.length === 0) return 0
  return open.some(({ status }) => status === 'stopped') ? 1 : 5
}

/** Lines shown; the rest is in `--json`. */
const MOST = 20

/** Terraform still believes that these keys are its own, and its state still holds their secrets. */
function aftermath({ chosen, was }: ImportView, { columns }: Look): readonly string[] {
  const from = chosen.flatMap(({ key, id }) => {
    const one = was.get(key.id)
    return one ? [{ id, ...one }] : []
  })
  const plaintexts = from.filter(({ plaintext }) => plaintext)
  const more = (count: number): readonly string[] =>
    count > MOST ? [`     and ${count - MOST} more; --json lists all`] : []
  return [
    ...paragraph('1  Before the blocks leave the configuration, since Terraform would delete the keys:', columns, 0),
    ...from.slice(0, MOST).map(({ address }) => `     terraform state rm ${quoted(display(address, { max: 400 }))}`),
    ...more(from.length),
    ...(plaintexts.length === 0
      ? []
      : [
          ...paragraph(
            `2  The ${plaintexts.length === 1 ? 'secret of 1 key lies' : `secrets of ${plaintexts.length} keys lie`} in plain text in this state and in every earlier version of it. Say in deliverTo where each goes, then replace it:`,
            columns,
            0,
          ),
          ...plaintexts.slice(0, MOST).map(({ id }) => `     keywright rotate ${id}`),
          ...more(plaintexts.length),
          ...paragraph(
            '3  Delete earlier versions of the state: those of its bucket or workspace, *.backup, this file.',
            columns,
            0,
          ),
        ]),
  ]
}
