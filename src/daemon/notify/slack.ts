/** Slack's incoming webhooks: `{ text, blocks }`, with `& < >` as entities and mrkdwn in blocks (docs.slack.dev, 2026-11). */

import { display } from '../../core/display.ts'
import type { Alert } from '../../core/loop/news.ts'
import type { Message, Send } from './message.ts'
import { type Address, send } from './post.ts'

export const SLACK_HOSTS: readonly string[] = ['hooks.slack.com', 'hooks.slack-gov.com']

/** A message takes 50 blocks of 3,000 signs. */
const MOST = 40

export function slack(address: Address): Send {
  return (message) => send(address, { method: 'POST', body: JSON.stringify(slackBody(message)) })
}

export function slackBody({ stack, alerts, summary, kind }: Message): object {
  const head = kind === 'digest' ? `keywright ${stack}: daily digest` : `keywright ${stack}: ${headOf(alerts)}`
  const more = alerts.length - MOST
  const lines = [
    ...(summary === undefined ? [] : [plain(summary)]),
    ...alerts.slice(0, MOST).map(lineOf),
    ...(more > 0 ? [`and ${more} more: \`keywright status\``] : []),
  ]
  return {
    text: plain(head),
    blocks: [`*${plain(head)}*`, ...lines].map((text) => ({ type: 'section', text: { type: 'mrkdwn', text } })),
  }
}

function headOf(alerts: readonly Alert[]): string {
  const [first] = alerts
  return alerts.length === 1 && first ? `${first.kind} ${first.address ?? ''}`.trim() : `${alerts.length} alerts`
}

function lineOf({ kind, text, remedy }: Alert): string {
  const line = `*${kind}*  ${plain(text)}`
  return remedy === null ? line : `${line}\n\`${plain(remedy).replaceAll('`', "'")}\``
}

/** Live text must neither mention people nor make links. */
function plain(text: string): string {
  const letters: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }
  return display(text, { max: 900 }).replace(/[&<>]/g, (letter) => letters[letter] ?? letter)
}
