import { describe, expect, test } from 'vitest'
import { lateSince, leastCadence, shortestGrace } from '../../src/core/loop/cadence.ts'
import { type Alert, newsOf } from '../../src/core/loop/news.ts'
import { Secret } from '../../src/core/secret.ts'
import { DAY, HOUR, instant } from '../../src/core/time.ts'
import { judgeHook } from '../../src/daemon/listen/hook.ts'
import { addressOf as listenAt } from '../../src/daemon/listen/window.ts'
import { addressOf, isPermitted } from '../../src/daemon/notify/post.ts'
import { slackBody } from '../../src/daemon/notify/slack.ts'
import { digestDay } from '../../src/daemon/watch.ts'
import { hmacOf } from '../../src/io/digest.ts'
import { aKey, aRotation } from '../fakes/desired.ts'

function alert(change: Partial<Alert> = {}): Alert {
  return {
    kind: 'held-outside',
    address: 's/a',
    cause: 'disabled',
    text: 'held',
    remedy: 'keywright resume a',
    ...change,
  }
}

describe('news', () => {
  test('is what was not told, is no news again until its cause changes, and is news anew once it was over', () => {
    const first = newsOf({}, [alert()], true)
    expect(first.fresh).toHaveLength(1)
    expect(newsOf(first.told, [alert()], true).fresh).toEqual([])
    expect(newsOf(first.told, [alert({ cause: 'limit' })], true).fresh).toHaveLength(1)
    const over = newsOf(first.told, [], true)
    expect(newsOf(over.told, [alert()], true).fresh).toHaveLength(1)
  })

  test('keeps several causes at one address apart, and forgets nothing after a run that saw only a part', () => {
    const both = [alert({ cause: '#2' }), alert({ cause: '#3' })]
    const { told } = newsOf({}, both, true)
    expect(newsOf(told, both, true).fresh).toEqual([])
    const partly = newsOf(told, [alert({ address: 's/b' })], false)
    expect(newsOf(partly.told, both, true).fresh).toEqual([])
    expect(newsOf({}, [alert({ kind: 'rotated' })], true).told).toEqual({})
  })

  test('is summed up once a day, at its time', () => {
    const nine = Date.UTC(2027, 0, 5, 9, 0)
    expect(digestDay(8 * 60, null, nine)).toBe('2027-01-05')
    expect(digestDay(8 * 60, '2027-01-05', nine)).toBeNull()
    expect(digestDay(10 * 60, '2027-01-04', nine)).toBeNull()
    expect(digestDay(null, null, nine)).toBeNull()
  })
})

describe('cadence', () => {
  const keys = [aKey(), aKey({ id: 'b', rotation: aRotation({ every: 30 * DAY, grace: 12 * HOUR }) })]

  test('is half of the shortest grace of what rotates', () => {
    expect(shortestGrace(keys)).toBe(12 * HOUR)
    expect(shortestGrace([aKey()])).toBeNull()
    expect(leastCadence(12 * HOUR)).toBe(6 * HOUR)
  })

  test('is missed by a run that comes later than that', () => {
    const now = Date.UTC(2027, 0, 5)
    expect(lateSince(instant(now - 6 * HOUR), 12 * HOUR, now)).toBeNull()
    expect(lateSince(instant(now - 8 * HOUR), 12 * HOUR, now)).toBe(instant(now - 8 * HOUR))
    expect(lateSince(undefined, 12 * HOUR, now)).toBeNull()
  })
})

test('a Slack message mentions nobody, links nowhere and is never too long', () => {
  const hostile = alert({ text: '<!channel> <https://evil.example|click> & \u202e', remedy: '`rm -rf`' })
  const body = JSON.stringify(slackBody({ kind: 'alerts', stack: 's', at: instant(0), alerts: [hostile] }))
  expect(body).toContain('&lt;!channel&gt;')
  expect(body).not.toMatch(/<|>|\u202e/)
  const many = Array.from({ length: 500 }, (_, i) => alert({ address: `s/${i}` }))
  const { blocks } = slackBody({ kind: 'alerts', stack: 's', at: instant(0), alerts: many }) as { blocks: unknown[] }
  expect(blocks.length).toBeLessThanOrEqual(50)
  expect(JSON.stringify(blocks)).toContain('460 more')
})

describe('a push webhook', () => {
  const secret = Secret.of('s3cret')
  const body = Buffer.from('{"ref":"refs/heads/main"}')
  const signed = { 'x-hub-signature-256': `sha256=${hmacOf(secret, body, 'hex')}`, 'x-github-event': 'push' }

  test.each([
    ['of GitHub', signed, 'push'],
    ['of GitLab', { 'x-gitlab-token': 's3cret', 'x-gitlab-event': 'Push Hook' }, 'push'],
    ['that is a ping', { ...signed, 'x-github-event': 'ping' }, 'other'],
    ['with another signature', { ...signed, 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }, 'forged'],
    ['with another token', { 'x-gitlab-token': 'guess' }, 'forged'],
    ['without either', {}, 'forged'],
    [
      'whose signature is wrong although its token is right',
      { ...signed, 'x-hub-signature-256': 'x', 'x-gitlab-token': 's3cret' },
      'forged',
    ],
  ] as const)('%s', (_, headers, verdict) => {
    expect(judgeHook({ headers, body }, secret, 'main')).toBe(verdict)
  })

  test('to another ref wakes nobody', () => {
    const other = Buffer.from('{"ref":"refs/heads/feature"}')
    const headers = { 'x-hub-signature-256': `sha256=${hmacOf(secret, other, 'hex')}` }
    expect(judgeHook({ headers, body: other }, secret, 'main')).toBe('other')
    expect(judgeHook({ headers, body: other }, secret, null)).toBe('push')
  })
})

test('addresses are read in one way only', () => {
  expect(addressOf('https://hooks.slack.com/services/T/B/x')).toMatchObject({
    host: 'hooks.slack.com',
    path: '/services/T/B/x',
  })
  expect(addressOf('http://hooks.slack.com/x')).toBeNull()
  expect(addressOf('https://user@evil.example/x')).toBeNull()
  expect(isPermitted({ origin: '', path: '', host: 'evil.example' }, 'ok.example', ['hooks.slack.com'])).toBe(false)
  expect(isPermitted({ origin: '', path: '', host: 'ok.example' }, 'ok.example', [])).toBe(true)
  expect(isPermitted({ origin: '', path: '', host: '127.0.0.1:8' }, undefined, [])).toBe(true)
  expect(listenAt('9090')).toEqual({ host: '127.0.0.1', port: 9090 })
  expect(listenAt('[::1]:0')).toEqual({ host: '::1', port: 0 })
  expect(listenAt('x:99999')).toBeNull()
})
