/** A record, as stores keep it and `state show --json` prints it. */
import {
  type Active,
  type Carry,
  type Compromised,
  type Creating,
  DEEDS,
  type Delivering,
  type Disabled,
  type Issued,
  type KeyRecord,
  type Memo,
  type OpenHook,
  type Past,
  type Paused,
  type Pinned,
  type PlaceState,
  type ProviderIdentity,
  type Requested,
  type Spent,
  type StackHeader,
  type Superseded,
} from '../record.ts'
import type { Schema } from './conforms.ts'
import {
  COUNT,
  dictionary,
  FIELDS,
  FINGERPRINT,
  FLAG,
  INSTANT,
  list,
  NUMBER,
  orNull,
  shape,
  shapeOf,
  TEXT,
} from './shapes.ts'

const VERSIONS = dictionary(orNull(TEXT))

const ISSUED = shapeOf<Issued>()(
  {
    name: { ...TEXT, description: 'Whole live name, marker included.' },
    scope: TEXT,
    fields: FIELDS,
    expiresIn: orNull(NUMBER),
    rotationSerial: NUMBER,
    words: shape({ id: TEXT, name: TEXT }),
  },
  { guardrail: TEXT, guardrailClaim: TEXT },
)

const LIVE = { n: COUNT, claimedAt: INSTANT, id: TEXT, issued: ISSUED, claimed: FLAG }

const SPENT = shapeOf<Spent>()({ window: INSTANT, spent: NUMBER }, {})

const GENERATION: Schema = {
  description: 'One live key of the address, by phase.',
  anyOf: [
    shapeOf<Creating>()(
      {
        phase: { const: 'creating' },
        n: COUNT,
        claimedAt: INSTANT,
        versions: VERSIONS,
        issued: ISSUED,
        harmless: FLAG,
      },
      { rotates: TEXT },
    ),
    shapeOf<Delivering>()(
      { phase: { const: 'delivering' }, ...LIVE, versions: VERSIONS, proven: FLAG, harmless: FLAG },
      { compromised: FLAG },
    ),
    shapeOf<Active>()(
      { phase: { const: 'active' }, ...LIVE, activeAt: INSTANT },
      {
        compromised: FLAG,
        adopted: { enum: ['unseen', 'unknown'] },
        asFound: {
          ...TEXT,
          description: 'Recorded by an import and never written to: the name it has in the manifest.',
        },
      },
    ),
    shapeOf<Superseded>()(
      { phase: { const: 'superseded' }, ...LIVE, supersededAt: INSTANT, everActive: FLAG },
      {
        removing: FLAG,
        compromised: FLAG,
        graceUntil: INSTANT,
        atOnce: FLAG,
        used: shape({ mark: TEXT, since: INSTANT }),
        spent: SPENT,
      },
    ),
    shapeOf<Disabled>()(
      {
        phase: { const: 'disabled' },
        ...LIVE,
        disabledAt: INSTANT,
        everActive: FLAG,
        why: { enum: ['retired', 'removed'] },
      },
      { removing: FLAG, compromised: FLAG, spent: SPENT },
    ),
  ],
}

const PLACE = shapeOf<PlaceState>()(
  {
    identity: TEXT,
    sink: TEXT,
    at: dictionary(TEXT),
    text: TEXT,
    n: COUNT,
    status: { enum: ['claimed', 'written', 'verified', 'unverifiable', 'lost'] },
    version: orNull(TEXT),
    readable: FLAG,
    conditional: FLAG,
  },
  { template: TEXT, fingerprint: FINGERPRINT, before: FINGERPRINT, beforeN: COUNT },
)

export const RECORD: Schema = shapeOf<KeyRecord>()(
  {
    address: TEXT,
    lineage: { type: 'string', pattern: '^[a-z2-7]{8}$' },
    serial: COUNT,
    provider: TEXT,
    kind: TEXT,
    scope: TEXT,
    highest: COUNT,
    generations: list(GENERATION),
    abandoned: list(shape({ n: COUNT, claimedAt: INSTANT }, { rotates: TEXT, becomes: TEXT })),
    patches: list(shape({ n: COUNT, fields: FIELDS, claimedAt: INSTANT })),
    places: list(PLACE),
    protect: FLAG,
    policy: shape({ grace: NUMBER, hold: NUMBER, removalHold: NUMBER }, { sharedLimit: NUMBER }),
    issuedAt: list(INSTANT),
  },
  {
    owner: TEXT,
    frozen: shape({ fields: list(TEXT), observedAt: INSTANT, entry: TEXT }),
    tainted: shape({ n: COUNT }),
    requested: shapeOf<Requested>()({ n: COUNT, at: INSTANT }, { grace: NUMBER, reason: TEXT }),
    pinned: shapeOf<Pinned>()(
      { n: COUNT, at: INSTANT, entry: TEXT, notRestored: dictionary(TEXT) },
      { reason: TEXT, settled: FLAG },
    ),
    paused: shapeOf<Paused>()({ until: INSTANT }, { reason: TEXT }),
    compromised: shapeOf<Compromised>()({ n: COUNT, at: INSTANT, afterReplacement: FLAG }, {}),
    carry: shapeOf<Carry>()({ window: INSTANT, spent: NUMBER }, { cut: shape({ n: COUNT, limit: NUMBER }) }),
    after: shape({
      n: COUNT,
      open: list(shapeOf<OpenHook>()({ identity: TEXT, text: TEXT, tries: COUNT }, { nextAt: INSTANT, code: TEXT })),
    }),
    actor: shape({ who: TEXT }, { runUrl: TEXT, commit: TEXT }),
    lastChange: shape({ at: INSTANT, what: TEXT }),
    history: list(
      shapeOf<Past>()(
        { at: INSTANT, what: { enum: DEEDS } },
        { n: COUNT, why: TEXT, until: INSTANT, who: TEXT, runUrl: TEXT, commit: TEXT },
      ),
    ),
  },
  'What keywright knows and claims about one address. Holds no secret.',
)

export const IDENTITY = shapeOf<ProviderIdentity>()({ origin: TEXT, account: TEXT }, { creator: TEXT })

const MEMO = shapeOf<Memo>()(
  {},
  {
    ranAt: INSTANT,
    commit: TEXT,
    outage: INSTANT,
    away: dictionary(INSTANT),
    told: dictionary(dictionary(TEXT)),
    digests: dictionary(TEXT),
    credentials: dictionary(shape({ mark: TEXT, since: INSTANT })),
  },
)

export const HEADER: Schema = shapeOf<StackHeader>()(
  { stack: TEXT, version: { const: 1 }, serial: COUNT, identities: dictionary(IDENTITY) },
  { writes: dictionary(shape({ day: TEXT, count: COUNT })), memo: MEMO },
)
