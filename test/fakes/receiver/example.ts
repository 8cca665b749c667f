import type { ExampleService } from '../example-services.ts'
import { KEY, startReceiver } from './fixture.ts'

export async function httpExample(): Promise<ExampleService> {
  const running = await startReceiver()
  return {
    env: { KEYWRIGHT_WEBHOOK_KEY: KEY },
    replace: { 'http://127.0.0.1:8787/keep': running.url },
    delivered: () => Object.values(running.kept()),
    close: () => running.close(),
  }
}
