/** One project as the port wants it: the calls of the API together with what this handle knows. */
import { KeywrightError } from '../../core/diagnostic.ts'
import type { Fields, LiveKey } from '../../core/key.ts'
import type { Secret } from '../../core/secret.ts'
import type { Millis } from '../../core/time.ts'
import { skewOf } from '../../io/http/date.ts'
import type { AccountView, CreateOutcome, CreateRequest } from '../../ports/key-api.ts'
import { createKey, rotateKey } from './create.ts'
import { proveSecret, revokeKey } from './keys.ts'
import type { Line } from './line.ts'
import { type Looks, looks } from './looks.ts'
import { type OwnKey, ownKey } from './own.ts'
import { beginsAs, isStraitKey } from './prefix.ts'
import type { Proofs } from './proofs.ts'
import { notManagingKey, rejected } from './refusal.ts'
import { firstPage, walkKeys } from './walk.ts'

export interface ProjectParts {
  readonly line: Line
  readonly token: Secret
  readonly project: string
  readonly origin: string
  readonly proofs: Proofs
  readonly now: () => Millis
}

export class Project {
  readonly #parts: ProjectParts
  readonly #own: OwnKey
  readonly #looks: Looks

  constructor(parts: ProjectParts) {
    this.#parts = parts
    this.#own = ownKey(parts.token, parts.project)
    this.#looks = looks({ walk: () => this.#walk(), now: parts.now })
  }

  /**
   * One request. In a project of more than a hundred keys the managing key is usually further down; then it is the list that refuses a key
   * bound to an environment. That list is not made here and kept: it would be older than the lease under which it is used.
   */
  async identify(): Promise<AccountView> {
    const { line, token, project, origin } = this.#parts
    if (!isStraitKey(token)) throw notManagingKey('the token is no API key of Strait (strait_...); nothing was sent')
    const { rows, mayHaveMore, reply } = await firstPage(line)
    this.#own.learn(rows, !mayHaveMore)
    const scopes = new Map([
      ['default', project],
      [project, project],
    ])
    return { identity: { origin, account: project }, scopes, skew: skewOf(reply) }
  }

  async list(scope: string): Promise<readonly LiveKey[]> {
    if (scope !== this.#parts.project) throw otherScope(scope)
    return this.#looks.list()
  }

  get(id: string): Promise<LiveKey | null> {
    return this.#looks.get(id)
  }

  isOwn(id: string): boolean {
    return this.#own.mayBe(id)
  }

  async create(request: CreateRequest): Promise<CreateOutcome> {
    const { line, project, now } = this.#parts
    if (request.scope !== project) return { kind: 'rejected', status: 403, reason: otherScope(request.scope).message }
    return this.#noted(await createKey(line, request, now()))
  }

  /** Nothing can be changed; changing nothing is a read. */
  async update(id: string, fields: Fields): Promise<LiveKey | null> {
    if (Object.keys(fields).length > 0) throw rejected('Strait cannot change a key; nothing was sent', NEW_GENERATION)
    return this.get(id)
  }

  async remove(id: string): Promise<void> {
    await this.#prove()
    if (this.#own.mayBe(id)) throw ownKeyMeant()
    await revokeKey(this.#parts.line, id)
    this.#looks.wrote({ [id]: null })
  }

  async rotate(id: string, graceMillis: Millis): Promise<CreateOutcome> {
    const old = await this.#looks.known(id)
    await this.#prove()
    if (old === null) return { kind: 'rejected', status: 404, reason: 'api key not found; nothing was sent' }
    if (this.#own.mayBe(id)) return { kind: 'rejected', status: 409, reason: ownKeyMeant().message }
    const outcome = await rotateKey(this.#parts.line, old, graceMillis)
    if (outcome.kind !== 'rejected') this.#looks.wrote({ [id]: null })
    return this.#noted(outcome)
  }

  prove(secret: Secret): Promise<'works' | 'refused'> {
    return this.#parts.proofs.run(() => proveSecret(this.#parts.line, secret))
  }

  /**
   * The API shows twelve characters of a secret. Where they differ the answer is no, and nobody is asked; where they agree the secret must
   * also work. Two keys that share a prefix and both work cannot be told apart by this: whoever has a fingerprint decides by that first.
   */
  async matches(secret: Secret, id: string): Promise<boolean> {
    const key = await this.#looks.known(id)
    return key !== null && beginsAs(secret, key.label) && (await this.prove(secret)) === 'works'
  }

  async #walk(): Promise<readonly LiveKey[]> {
    const rows = await walkKeys(this.#parts.line)
    this.#own.learn(rows, true)
    return rows.map(({ key }) => key)
  }

  /** Absence and 404 mean nothing before it is known whose list this is, and which key must not be touched. */
  async #prove(): Promise<void> {
    if (!this.#own.isProven()) await this.#looks.list()
  }

  #noted(outcome: CreateOutcome): CreateOutcome {
    if (outcome.kind === 'created') this.#looks.wrote({ [outcome.key.id]: outcome.key })
    if (outcome.kind === 'unknown') this.#looks.wrote({})
    return outcome
  }
}

const NEW_GENERATION = 'raise rotation.serial of the key in its manifest, then: keywright apply'

function otherScope(scope: string): KeywrightError {
  return new KeywrightError('API_WORKSPACE_UNKNOWN', {
    message: `the managing key reaches one project only, and "${scope}" is another`,
    hint: 'workspaceId: default   or one provider in keywright.yaml for each project',
  })
}

function ownKeyMeant(): KeywrightError {
  return new KeywrightError('API_OWN_KEY', {
    message: 'that is the managing key itself, or a key that cannot be told from it; nothing was sent',
    hint: 'put another managing key where `token` looks for it, then run the same command again',
  })
}
