/** `loop`, `freeze`, `notify` and `heartbeat` of keywright.yaml. */
import { ALERT_KINDS } from '../../core/config/watching.ts'
import { described, duration, listOf, record, type Schema, TEXT } from './nodes.ts'

/** In an environment both replace those of the file. `source` makes the schema of a source of a credential. */
export function unattendedSchemas(source: () => Schema): Readonly<Record<'loop' | 'freeze', Schema>> {
  const moment = { expect: 'a day or a UTC instant with seconds', example: '2027-12-20' }
  const members = {
    from: described(TEXT, { doc: 'First moment, in UTC: an instant, or a day from its midnight on.', ...moment }),
    to: described(TEXT, { doc: 'First moment that is free again.', ...moment, example: '2028-01-03' }),
    reason: described(TEXT, { doc: 'Shown wherever something waits for it.', expect: 'a text', example: 'holidays' }),
  }
  return {
    loop: loopSchema(source),
    freeze: listOf(record('a member of a freeze', members, ['from', 'to', 'reason']), {
      doc: 'Stretches { from, to, reason } in which nothing that is merely due happens: no rotation by age, no retirement.',
      expect: 'a list of freezes',
      example: '[{ from: 2027-12-20, to: 2028-01-03, reason: holidays }]',
    }),
  }
}

function loopSchema(source: () => Schema): Schema {
  return described(
    record(
      'an option of loop',
      {
        every: duration({ doc: 'How often at least.', example: '10m' }),
        onMissing: described(
          { enum: ['hold', 'reissue'] },
          {
            doc: 'What reconcile does about a key that was deleted outside: leave it alone, or issue it again.',
            expect: 'hold or reissue',
            example: 'hold',
          },
        ),
        poll: duration({ doc: 'How often reconcile asks a git repository for something new. 1m.', example: '1m' }),
        webhookSecret: described(source(), { doc: 'Secret that a push webhook is signed with.' }),
        managementKeyAge: duration({ doc: 'Age at which a management key is called old. 90d.', example: '90d' }),
      },
      ['every'],
    ),
    { doc: 'Declares that something runs unattended: keywright reconcile, or a cron job.', example: '{ every: 10m }' },
  )
}

export function watchingSchemas(source: () => Schema): Readonly<Record<'notify' | 'heartbeat', Schema>> {
  const both = {
    on: listOf(
      { enum: ALERT_KINDS, 'x-expect': `one of ${ALERT_KINDS.join(', ')}` },
      { doc: 'Only these. All unless written.' },
    ),
    digest: described(
      { type: 'string', pattern: '^(?:[01]\\d|2[0-3]):[0-5]\\d$' },
      { doc: 'Time of day (UTC) of a summary.', expect: 'a time of day in quotes', example: '"08:00"' },
    ),
  }
  const channels: Readonly<Record<string, Readonly<Record<string, Schema>>>> = {
    slack: { url: described(source(), { doc: 'Where the address of an incoming webhook is found; it is a secret.' }) },
    http: {
      url: described(TEXT, {
        doc: 'Receiver of signed requests (Standard Webhooks).',
        example: 'https://hooks.example.com',
      }),
      secret: described(source(), { doc: 'Where the signing secret is found.' }),
    },
  }
  const kind = described({ enum: Object.keys(channels) }, { doc: 'What it is.', example: 'slack' })
  const branches = Object.entries(channels).map(([name, own]) => ({
    if: { properties: { kind: { const: name } }, required: ['kind'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: record(`an option of kind ${name}`, { kind: { const: name }, ...own, ...both }, Object.keys(own)),
  }))
  return {
    notify: listOf(
      { type: 'object', properties: { kind }, required: ['kind'], allOf: branches },
      {
        doc: 'Who is told what needs a human, once for each address and cause.',
        expect: 'a list of receivers',
        example: '[{ kind: slack, url: { env: SLACK_WEBHOOK_URL } }]',
      },
    ),
    heartbeat: described(source(), { doc: 'Where an address is found that is asked for after each good run.' }),
  }
}
