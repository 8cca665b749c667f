/** All live keys of an account at a glance: classes with what they cost, worst first, and what to type about each. */
import { display, displayName } from '../../core/display.ts'
import { type Census, CLASSES, type Class, type ClassTotal, type Counted } from '../../engine/census.ts'
import type { Look } from '../shell/command.ts'
import { document } from './json.ts'
import { type Paint, paint } from './paint.ts'
import { block, commaed, counted, dotted, pad, padStart, paragraph, widest } from './text.ts'
import { amount, day } from './words.ts'

export interface CensusView {
  readonly census: Census
  readonly provider: string
  /** Other configured providers, which were not looked at. */
  readonly others: readonly string[]
  readonly requests: number
}

export function renderCensus(view: CensusView, look: Look): string {
  const { census } = view
  if (look.format === 'json')
    return document('census', {
      provider: view.provider,
      requests: view.requests,
      writes: 0,
      ...census,
      classes: census.classes.map((one) => ({ ...one, remedy: remedyOf(one.class, census) })),
    })
  const brush = paint(look)
  return block([
    ...headOf(view, look, brush),
    '',
    ...table(census, look, brush),
    ...paragraph(spendOf(census), look.columns, 0),
    ...remedies(view, brush),
  ])
}

function headOf({ census, provider, requests }: CensusView, look: Look, brush: Paint): readonly string[] {
  const { account, workspaces, keys } = census
  const who = display(account.creator ?? account.account, { max: 14 })
  const facts = [
    `account ${who}`,
    counted(workspaces, 'workspace'),
    counted(keys.length, 'key'),
    `${counted(requests, 'request')}, 0 writes`,
  ]
  return dotted([brush.strong(display(provider)), ...facts], look.columns, 2)
}

/** Somebody has to do something about a key of these. */
const ALARMS: ReadonlySet<Class> = new Set(['unlimited', 'near-limit', 'orphan', 'unclaimed', 'expires-soon'])
/** Too many to be named, and nothing is wrong with them as such. */
const UNNAMED: ReadonlySet<Class> = new Set(['no-expiry', 'ours', 'other-stack', 'foreign'])

function labelOf(one: Class, { stack, unusedDays }: Census): string {
  switch (one) {
    case 'unlimited':
    case 'expired':
    case 'disabled':
    case 'foreign':
      return one
    case 'near-limit':
      return 'over 90% of limit'
    case 'orphan':
      return 'orphan, never used'
    case 'unclaimed':
      return 'unclaimed, was used'
    case 'expires-soon':
      return 'expires in 7 d'
    case 'derived':
      return 'rotated by the API'
    case 'unused':
      return `unused for ${unusedDays} d`
    case 'no-expiry':
      return 'no expiry'
    case 'other-stack':
      return stack === null ? 'managed by keywright' : 'of other stacks'
    case 'ours':
      return `managed here (${display(stack ?? '')})`
    default:
      return one satisfies never
  }
}

/** Whose keys are is told also where there are none: nobody should have to guess whether it was looked for. */
function alwaysTold({ stack }: Census): readonly Class[] {
  return stack === null ? ['foreign', 'other-stack'] : ['foreign', 'ours']
}

function table(census: Census, look: Look, brush: Paint): readonly string[] {
  const always = alwaysTold(census)
  const rows = CLASSES.flatMap((one): readonly ClassTotal[] => {
    const total = census.classes.find((row) => row.class === one)
    if (total) return [total]
    return always.includes(one) ? [{ class: one, keys: 0, spentThisMonth: 0, spentInAll: 0, worstMonth: 0 }] : []
  })
  const label = Math.max(
    20,
    widest(
      rows.map((row) => labelOf(row.class, census)),
      40,
    ),
  )
  const head = `  ${pad('', label)}${padStart('keys', 7)}${padStart('this month', 13)}${padStart('in all', 13)}`
  return [brush.faint(head), ...rows.flatMap((row) => rowOf(row, { census, look, brush, label })), '']
}

interface Sheet {
  readonly census: Census
  readonly look: Look
  readonly brush: Paint
  readonly label: number
}

function rowOf(row: ClassTotal, { census, look, brush, label }: Sheet): readonly string[] {
  const money =
    row.keys === 0 ? '' : `${padStart(amount(row.spentThisMonth), 13)}${padStart(amount(row.spentInAll), 13)}`
  const number = padStart(amount(row.keys), 7)
  const alarm = ALARMS.has(row.class) && row.keys > 0
  const line = `  ${pad(labelOf(row.class, census), label)}${alarm ? brush.change(number) : number}${money}`
  if (UNNAMED.has(row.class) || row.keys === 0) return [line]
  return [line, ...commaed(namesOf(row, census), look.columns, 6).map((names) => brush.faint(names))]
}

/** Names shown of one class. */
const MOST = 4

function namesOf({ class: one, keys }: ClassTotal, census: Census): readonly string[] {
  const first = census.keys.filter(({ classes }) => classes.includes(one)).slice(0, MOST)
  const names = first.map((key) => {
    const words = wordsOf(one, key)
    return displayName(nameIn(one, key), { max: 40 }) + (words === '' ? '' : ` (${display(words)})`)
  })
  return keys > MOST ? [...names, `and ${keys - MOST} more`] : names
}

function nameIn(one: Class, { address, display: name }: Counted): string {
  return one === 'orphan' || one === 'unclaimed' || one === 'derived' ? (address ?? name) : name
}

function wordsOf(one: Class, key: Counted): string {
  switch (one) {
    case 'near-limit':
      return `${amount(key.spent)} of ${amount(key.limit ?? 0)} USD`
    case 'expires-soon':
    case 'expired':
      return day(key.expiresAt ?? key.createdAt)
    case 'unused':
      return `since ${day(key.idleSince)}`
    case 'unlimited':
      return key.spentThisMonth === 0 ? '' : `${amount(key.spentThisMonth)} USD this month`
    default:
      return ''
  }
}

function spendOf({ spend, worstMonth, classes }: Census): string {
  const open = classes.find((one) => one.class === 'unlimited')?.keys ?? 0
  const worst =
    worstMonth === null ? `unlimited (${counted(open, 'key has', 'keys have')} no cap)` : `${amount(worstMonth)} USD`
  return `Spent ${amount(spend.daily)} USD today, ${amount(spend.monthly)} USD this month, ${amount(spend.total)} USD by the keys that live. Worst case a month: ${worst}.`
}

/** What to type about a class; words after three spaces explain it. `null`: nothing has to be done, or no command can. */
export function remedyOf(one: Class, { stack, keys }: Census): string | null {
  const key = keys.find(({ classes }) => classes.includes(one))
  if (!key) return null
  const id = idIn(stack, key)
  const isOurs = key.who === 'ours'
  switch (one) {
    case 'unlimited':
      return isOurs ? `limit: 20   in the entry of ${id}` : brought(key, stack, 'limit: in the entry of each')
    case 'near-limit':
      return isOurs ? 'keywright usage' : brought(key, stack, 'limit: and limitReset: in the entry')
    case 'expires-soon':
      return isOurs ? `keywright rotate ${id}` : brought(key, stack, 'deliverTo: and expiresIn: renew it')
    case 'no-expiry':
      return isOurs ? `expiresIn: 180d   in the entry of ${id}` : brought(key, stack, 'expiresIn: in the defaults')
    case 'foreign':
      return brought(key, stack, '')
    case 'orphan':
      return `keywright census --burn-orphans ${display(stack ?? '')}   after keywright state rebuild --dry-run found no place for them`
    case 'unclaimed':
      return 'keywright state rebuild   looks which of them the places hold'
    case 'derived':
      return 'keywright status'
    case 'unused':
      return HASH.test(key.id) ? `keywright leaked sha256:${key.id}   switches one off, and deletes nothing` : null
    case 'expired':
    case 'disabled':
    case 'other-stack':
    case 'ours':
      return null
    default:
      return one satisfies never
  }
}

/** Ids of OpenRouter. Those of Strait are others, and its keys are not taken over. */
const HASH = /^[0-9a-f]{64}$/

function brought({ id }: Counted, stack: string | null, then: string): string | null {
  if (!HASH.test(id)) return null
  const line = stack === null ? 'npx keywright init' : 'keywright import --all'
  const after = stack === null ? ['keywright import --all', then] : [then]
  const words = after.filter((one) => one !== '')
  return words.length === 0 ? line : `${line}   then ${words.join(', then ')}`
}

function idIn(stack: string | null, { address, display: name }: Counted): string {
  const text = address ?? name
  return display(stack !== null && text.startsWith(`${stack}/`) ? text.slice(stack.length + 1) : text)
}

/** The same line once, for all classes that it helps. */
function remedies({ census, others }: CensusView, brush: Paint): readonly string[] {
  const by = new Map<string, string[]>()
  for (const { class: one } of census.classes) {
    const remedy = remedyOf(one, census)
    if (remedy !== null) by.set(remedy, [...(by.get(remedy) ?? []), labelOf(one, census)])
  }
  return [
    ...(by.size === 0 ? [] : ['Next']),
    ...[...by].flatMap(([line, labels]) => {
      const [typed = '', why] = line.split('   ')
      return [`  ${labels.join(', ')}`, `      ${brush.info(typed)}${why === undefined ? '' : `   ${why}`}`]
    }),
    ...others.map((name) => `  ${brush.info(`keywright census --provider ${display(name)}`)}   looks at that account`),
  ]
}
