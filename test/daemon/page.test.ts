import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pageOf } from '../../src/daemon/page/page.ts'
import { type Staged, stagedView } from '../fakes/board.ts'
import { openChromium, openPage } from '../fakes/chromium.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

let browser: Browser
let staged: Staged
let server: Server
let address = ''

beforeAll(async () => {
  staged = await stagedView()
  const { html, policy } = pageOf(staged.view, { now: staged.now, refresh: 60 })
  server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy }).end(html)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  browser = await openChromium()
})

afterAll(async () => {
  await browser?.close()
  server?.close()
})

describe.concurrent.each([
  ['light', 1280],
  ['dark', 390],
] as const)('the status page, %s and %i wide', (colorScheme, width) => {
  test('shows every address, says nothing on the console, and asks for nothing but itself', async () => {
    const { page, said, asked } = await openPage(browser, { colorScheme, viewport: { width, height: 900 } })
    await page.goto(address)
    for (const id of staged.ids) expect(await page.getByText(id, { exact: true }).first().isVisible(), id).toBe(true)
    expect(await page.evaluate('window.pwned')).toBeUndefined()
    expect(await page.locator('main img, main script').count()).toBe(0)
    const shot = process.env.SCREENSHOTS
    if (shot) await page.screenshot({ path: `${shot}/page-${colorScheme}-${width}.png`, fullPage: true })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
    expect(said).toEqual([])
    expect(asked).toEqual([address])
    await page.close()
  })

  test('has nothing that axe objects to', async () => {
    const { page } = await openPage(browser, { colorScheme, viewport: { width, height: 900 }, bypassCSP: true })
    await page.goto(address)
    await page.evaluate(AXE)
    const found = (await page.evaluate('axe.run()')) as { violations: { id: string; nodes: { html: string }[] }[] }
    expect(found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([])
    await page.close()
  })
})

describe.concurrent('in the hands of somebody', () => {
  test('finds keys by owner, label and the last four, from the keyboard', async ({ expect }) => {
    const { page } = await openPage(browser)
    await page.goto(address)
    const shown = () => page.locator('tbody tr:visible').count()
    const all = await shown()
    expect(all).toBe(staged.ids.length)
    await page.keyboard.press('/')
    expect(await page.evaluate('document.activeElement.id')).toBe('find')
    await page.keyboard.type('payments-team')
    expect(await shown()).toBe(5)
    await page.keyboard.press('Escape')
    expect(await shown()).toBe(all)
    await page.keyboard.type('tier=2')
    expect(await shown()).toBe(8)
    const tail = staged.view.board?.keys.find(({ id }) => id === 'search/service-2')?.tail ?? ''
    await page.locator('#find').fill(tail)
    expect(tail).toHaveLength(4)
    expect(await page.locator('tbody tr:visible').allInnerTexts()).toEqual(
      expect.arrayContaining([expect.stringContaining('search/service-2')]),
    )
    await page.close()
  })

  test('puts what is stuck first, each with the line to copy', async ({ expect }) => {
    const { page } = await openPage(browser, { permissions: ['clipboard-read', 'clipboard-write'] })
    await page.goto(address)
    const first = page.locator('#needs li').first()
    expect(await first.textContent()).toContain('place-broken')
    const held = page.locator('#needs li', { hasText: 'ops/oncall' })
    await held.getByRole('button', { name: 'Copy' }).click()
    await expect.poll(() => held.getByRole('button').textContent()).toBe('Copied')
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe('keywright resume ops/oncall')
    await page.close()
  })

  test('reaches every button and the table by Tab, with a visible focus', async ({ expect }) => {
    const { page } = await openPage(browser)
    await page.goto(address)
    const stops: string[] = []
    for (let i = 0; i < 30; i++) {
      await page.keyboard.press('Tab')
      stops.push(
        String(
          await page.evaluate(
            `(() => { const e = document.activeElement; return e.id + ' ' + e.tagName + ' ' + getComputedStyle(e).outlineStyle })()`,
          ),
        ),
      )
    }
    expect(stops[0]).toContain(' A ')
    expect(stops.filter((stop) => stop.includes('BUTTON')).length).toBeGreaterThan(2)
    expect(stops.some((stop) => stop.startsWith('find INPUT'))).toBe(true)
    expect(stops.filter((stop) => stop.endsWith('none') && !stop.includes('BODY'))).toEqual([])
    await page.close()
  })
})
