/** A provider of the tests: one resource with every shape of attribute, kept nowhere. It stands in for the real one over the real main. */
import type { Method, Provider } from '../../src/terraform/server/provider.ts'
import type { AttributeSchema } from '../../src/terraform/server/schema.ts'
import { isList, isMap, isUnknown, UNKNOWN, type Value, type ValueMap } from '../../src/terraform/values/value.ts'

const row = (
  name: string,
  type: AttributeSchema['type'],
  mode: AttributeSchema['mode'] = 'optional',
): AttributeSchema => ({
  name,
  type,
  mode,
  description: `The ${name}.`,
})

const CHILD = [row('name', 'string', 'required'), row('code', 'string', 'computed')]

const ATTRIBUTES: readonly AttributeSchema[] = [
  row('id', 'string', 'computed'),
  row('name', 'string', 'required'),
  row('size', 'number'),
  row('flag', 'bool'),
  row('note', 'string', 'optional+computed'),
  row('tags', { map: 'string' }),
  row('words', { set: 'string' }),
  row('grid', { list: { list: 'number' } }),
  row('pair', { tuple: ['string', 'number'] }),
  row('point', { object: { x: 'number', y: 'number' } }),
  row('anything', 'dynamic'),
  row('children', { nesting: 'list', attributes: CHILD }),
  row('owner', { nesting: 'single', attributes: CHILD }),
  row('places', { nesting: 'map', attributes: CHILD }),
  { ...row('hidden', 'string'), sensitive: true },
  { ...row('token', 'string'), writeOnly: true },
]

function map(value: Value): ValueMap {
  if (!isMap(value)) throw new TypeError('a state that is there is a map')
  return value
}

/** Computed attributes as `computed` says, write-only ones null. */
function filled(state: ValueMap, computed: (before: Value | undefined, what: string) => Value): ValueMap {
  const child = (one: Value): Value =>
    isMap(one) ? { ...one, code: computed(one.code, `code of ${String(one.name)}`) } : one
  const { children, owner, places, note } = state
  return {
    ...state,
    id: computed(state.id, 'id'),
    note: computed(note, 'note'),
    children: isList(children ?? null) ? (children as readonly Value[]).map(child) : (children ?? null),
    owner: child(owner ?? null),
    places: isMap(places ?? null)
      ? Object.fromEntries(Object.entries(places as ValueMap).map(([k, v]) => [k, child(v)]))
      : (places ?? null),
    token: null,
  }
}

const plan: Method<'PlanResourceChange'> = async ({ priorState, proposedNewState }, { log }) => {
  if (proposedNewState === null) return { plannedState: null }
  const { name = null } = map(proposedNewState)
  if (isUnknown(name)) log('warn', 'a name is not known yet', { prefix: name.refinements.prefix ?? null })
  const unknownUnlessKept = (before: Value | undefined): Value => before ?? UNKNOWN
  const plannedState = filled(map(proposedNewState), unknownUnlessKept)
  const isMoved = priorState !== null && map(priorState).name !== plannedState.name
  return { plannedState, plannedPrivate: Buffer.from('planned'), requiresReplace: isMoved ? [['name']] : [] }
}

const apply: Method<'ApplyResourceChange'> = async ({ plannedState, plannedPrivate, config }, { log, stopping }) => {
  if (plannedState === null) return { newState: null }
  if (map(plannedState).name === 'slow') {
    log('info', 'at work until it is stopped')
    if (!stopping.aborted) await new Promise((resolve) => stopping.addEventListener('abort', resolve))
    return { newState: { ...filled(map(plannedState), (_, what) => `the ${what}`), note: 'stopped' } }
  }
  log('info', 'applying', { private: Buffer.from(plannedPrivate).toString(), hasToken: map(config).token !== null })
  return {
    newState: filled(map(plannedState), (before, what) =>
      before === null || (before !== undefined && isUnknown(before)) ? `the ${what}` : (before ?? null),
    ),
  }
}

const PROVIDER: Provider = {
  schema: {
    provider: { version: 0, description: 'Things.', attributes: [row('mode', 'string')] },
    resources: { keywright_thing: { version: 1, description: 'A thing.', attributes: ATTRIBUTES } },
    dataSources: {
      keywright_echo: {
        version: 0,
        description: 'Echo.',
        attributes: [row('said', 'dynamic'), row('heard', 'dynamic', 'computed')],
      },
    },
    ephemeralResources: {
      keywright_word: { version: 0, description: 'A word.', attributes: [row('word', 'string', 'computed')] },
    },
    functions: {
      join: {
        summary: 'Joins.',
        description: 'Joins texts.',
        parameters: [{ name: 'with', type: 'string', description: 'Between.' }],
        variadic: { name: 'parts', type: 'string', description: 'Parts.' },
        returns: 'string',
      },
    },
  },
  methods: {
    ValidateProviderConfig: async () => ({}),
    ConfigureProvider: async ({ config }) => {
      if (map(config).mode === 'crash')
        setImmediate(() => {
          throw new Error('crashed as asked')
        })
      return map(config).mode === 'refuse'
        ? { diagnostics: [{ severity: 'error', summary: 'Refused', detail: 'As asked.', path: ['mode'] }] }
        : {}
    },
    ValidateResourceConfig: async ({ config }) =>
      map(config).name === 'bad'
        ? { diagnostics: [{ severity: 'error', summary: 'Bad name', detail: 'Take another.', path: ['name'] }] }
        : {},
    UpgradeResourceState: async () => {
      throw new TypeError('only version 1 ever was')
    },
    ReadResource: async ({ currentState }) => ({ newState: currentState }),
    PlanResourceChange: plan,
    ApplyResourceChange: apply,
    ImportResourceState: async ({ typeName, id }) => ({
      importedResources: [
        { typeName, state: { ...Object.fromEntries(ATTRIBUTES.map(({ name }) => [name, null])), id, name: id } },
      ],
    }),
    ValidateDataResourceConfig: async () => ({}),
    ReadDataSource: async ({ config }) => ({ state: { ...map(config), heard: map(config).said ?? null } }),
    ValidateEphemeralResourceConfig: async () => ({}),
    OpenEphemeralResource: async () => ({ result: { word: 'ephemeral' }, private: Buffer.from('p') }),
    CloseEphemeralResource: async () => ({}),
    CallFunction: async ({ arguments: [between, ...parts] }) => ({ result: parts.map(String).join(String(between)) }),
  },
}

export const provider = (): Provider => PROVIDER
