/** Looks for secrets, in any form they are likely to be copied, in files and in what processes printed. */
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'

export interface Text {
  /** Where it was found: a path, or a command line. */
  readonly from: string
  readonly text: string
}

/** Shortest piece of a random part that counts as a leak. */
const PIECE = 20

/** What of each secret was found, and where. Empty is what everybody hopes for. */
export function search(secrets: readonly string[], texts: readonly Text[]): readonly string[] {
  const forms = secrets.flatMap((secret, n) =>
    formsOf(secret).map(([form, shape]) => ({ what: `secret ${n} ${form}`, shape })),
  )
  const pieces = new Map(secrets.flatMap((secret, n) => piecesOf(secret).map((piece) => [piece, n] as const)))
  return texts.flatMap(({ from, text }) => [
    ...forms.filter(({ shape }) => text.includes(shape)).map(({ what }) => `${what} in ${from}`),
    ...[...cutsOf(text)].flatMap((cut) => (pieces.has(cut) ? [`a piece of secret ${pieces.get(cut)} in ${from}`] : [])),
  ])
}

function formsOf(secret: string): readonly (readonly [form: string, shape: string])[] {
  const hex = Buffer.from(secret).toString('hex')
  return [
    ['as it is', secret],
    ['in hex', hex],
    ['in upper-case hex', hex.toUpperCase()],
    ['URL-encoded', encodeURIComponent(secret)],
    ['JSON-escaped', JSON.stringify(secret).slice(1, -1)],
    ...[0, 1, 2].map((skip) => [`in base64, ${skip} bytes in`, base64(secret, skip)] as const),
    ['reversed', [...secret].reverse().join('')],
  ]
}

/** What base64 text of anything holds that has the secret `skip` bytes after a group of three began. */
function base64(secret: string, skip: number): string {
  const whole = Buffer.from(secret).subarray((3 - skip) % 3)
  return whole.subarray(0, whole.length - (whole.length % 3)).toString('base64')
}

/** All pieces of the random part: the longest run of hex digits. */
function piecesOf(secret: string): readonly string[] {
  const random = (secret.match(/[0-9a-f]+/g) ?? []).reduce((a, b) => (b.length > a.length ? b : a), '')
  return [...windows(random)]
}

function* cutsOf(text: string): Generator<string> {
  for (const [run] of text.matchAll(/[0-9a-f]{20,}/g)) yield* windows(run)
}

function* windows(run: string): Generator<string> {
  for (let at = 0; at + PIECE <= run.length; at++) yield run.slice(at, at + PIECE)
}

/** Every file below a folder but those for which `declared` says that secrets belong there. */
export async function filesBelow(folder: string, declared: (path: string) => boolean): Promise<readonly Text[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const searched = paths.filter((path) => !declared(relative(folder, path)))
  return Promise.all(
    searched.map(async (from) => ({ from: relative(folder, from), text: (await readFile(from)).toString('latin1') })),
  )
}
