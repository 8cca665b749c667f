/** One variable of a project or group: look, write, remove. */
import { EVERY_ENVIRONMENT, type GitlabConfig } from '../../core/git-host-kinds.ts'
import type { Secret } from '../../core/secret.ts'
import { fingerprintOf } from '../../io/digest.ts'
import { isObject } from '../../io/http/json.ts'
import type { PlaceAt } from '../../ports/secret-sink.ts'
import { fingerprint } from '../bytes.ts'
import { conflict } from '../own-place.ts'
import { denied, misfit } from '../refusal.ts'
import type { RestAnswer, RestLine } from '../rest-line.ts'
import { refuseStrangerIn, stampIn, stampLine } from '../rest-stamp.ts'

export interface Variables {
  readonly line: RestLine
  readonly config: GitlabConfig
  /** Name of the sink, for messages. */
  readonly name: string
}

export interface Variable {
  /** `null`: hidden, which GitLab shows to nobody. */
  readonly value: string | null
  readonly masked: boolean
  readonly protected: boolean
  readonly description: string | null
}

/** `null` when there is none. Throws `SINK_DENIED`, and `SINK_MISFIT` for a project or group that cannot be seen. */
export async function variableAt(parts: Variables, place: PlaceAt): Promise<Variable | null> {
  const answer = await parts.line.ask({ method: 'GET', path: pathOf(parts, place) })
  if (answer.status === 404 && isAboutVariable(answer)) return null
  if (answer.status !== 200) throw refusalOf(answer, parts, place)
  const { value, masked, protected: isProtected, description } = isObject(answer.json) ? answer.json : {}
  return {
    value: typeof value === 'string' ? value : null,
    masked: masked === true,
    protected: isProtected === true,
    description: typeof description === 'string' && description !== '' ? description : null,
  }
}

const MOST_MOVES = 5

/** Writes unless exactly this is there already. Starts over where the variable came or went in between. */
export async function writeVariable(parts: Variables, place: PlaceAt, bytes: Secret): Promise<void> {
  for (let tried = 1; tried <= MOST_MOVES; tried++) {
    const held = await variableAt(parts, place)
    const isSame = held?.value != null && fingerprintOf(held.value) === fingerprint(bytes)
    if (held !== null && !isSame)
      refuseStrangerIn(held.description, place, 'empty the description of that variable in GitLab')
    const flags = flagsOf(parts.config, place, held)
    if (isSame && Object.keys(flags).length === 0) return
    const body = JSON.stringify({ ...flags, value: bytes.expose(), raw: true })
    const answer = held === null ? await created(parts, place, body) : await changed(parts, place, body)
    if (answer.status < 300) return
    const hasMoved = held === null ? isTaken(answer) : answer.status === 404 && isAboutVariable(answer)
    if (!hasMoved) throw refusalOf(answer, parts, place)
  }
  throw conflict(place)
}

/** Also when there was none. */
export async function removeVariable(parts: Variables, place: PlaceAt): Promise<void> {
  const answer = await parts.line.ask({ method: 'DELETE', path: pathOf(parts, place) })
  if (answer.status < 300 || (answer.status === 404 && isAboutVariable(answer))) return
  throw refusalOf(answer, parts, place)
}

/** What has to become stricter, and the stamp where there is room for one. */
function flagsOf(config: GitlabConfig, { owner }: PlaceAt, held: Variable | null): Readonly<Record<string, unknown>> {
  const { masked = true, protected: isProtected = false } = config
  const stamp = owner === undefined ? null : stampLine(owner)
  const hasRoom = held === null || held.description === null || stampIn(held.description) !== null
  return {
    ...(masked && held?.masked !== true ? { masked } : {}),
    ...(isProtected && held?.protected !== true ? { protected: isProtected } : {}),
    ...(stamp !== null && hasRoom && held?.description !== stamp ? { description: stamp } : {}),
  }
}

function created({ line, config }: Variables, place: PlaceAt, body: string): Promise<RestAnswer> {
  const scope = { key: place.at.field ?? '', environment_scope: config.environmentScope ?? EVERY_ENVIRONMENT }
  const whole = `${JSON.stringify(scope).slice(0, -1)},${body.slice(1)}`
  return line.ask({ method: 'POST', path: collectionOf(config, place), body: whole })
}

function changed(parts: Variables, place: PlaceAt, body: string): Promise<RestAnswer> {
  return parts.line.ask({ method: 'PUT', path: pathOf(parts, place), body })
}

function collectionOf({ level = 'project' }: GitlabConfig, { at }: PlaceAt): string {
  return `/${level}s/${encodeURIComponent(at.path ?? '')}/variables`
}

function pathOf({ config }: Variables, place: PlaceAt): string {
  const scope = encodeURIComponent(config.environmentScope ?? EVERY_ENVIRONMENT)
  const key = encodeURIComponent(place.at.field ?? '')
  return `${collectionOf(config, place)}/${key}?filter%5Benvironment_scope%5D=${scope}`
}

function isAboutVariable({ json }: RestAnswer): boolean {
  return isObject(json) && typeof json.message === 'string' && /variable not found/i.test(json.message)
}

/** Only searched for a phrase: the message may quote the value. */
function isTaken({ status, json }: RestAnswer): boolean {
  return status === 400 && /has already been taken/.test(JSON.stringify(json ?? null))
}

function refusalOf({ status, json }: RestAnswer, { name, config }: Variables, { at, text }: PlaceAt): Error {
  const { level = 'project' } = config
  const says = `the sink ${name} answered ${status}`
  switch (status) {
    case 401:
      return denied(`${says}: its token is expired, revoked or unknown`, 'give it another token, then: keywright apply')
    case 403:
      return denied(
        `${text}: ${says}: its token may not write variables there`,
        'a token with the scope api and the role Maintainer',
      )
    case 404:
      return misfit(
        `${text}: ${says}: no such ${level}, or its token does not see it`,
        `level: ${level === 'project' ? 'group' : 'project'}   or correct the path ${at.path ?? ''}`,
      )
    default: {
      const isMask = /mask/i.test(JSON.stringify(json ?? null))
      if (isMask) return denied(`${text}: ${says}: GitLab cannot mask this value`, 'masked: false   in the sink')
      return denied(`${text}: ${says}`, `keywright explain SINK_DENIED`)
    }
  }
}
