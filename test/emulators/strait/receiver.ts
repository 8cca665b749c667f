import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

export interface Received {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** The parsed body. */
  readonly notice: Readonly<Record<string, string>>
}

export interface Receiver {
  readonly url: string
  readonly received: readonly Received[]
}

/** A webhook receiver on this machine, closed when the test ends. `answer` ends each response, or lets it hang. */
export async function receiver(
  answer: (response: ServerResponse, received: Received) => unknown = (response) => response.writeHead(204).end(),
): Promise<Receiver> {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const body = (await request.setEncoding('utf8').toArray()).join('')
    const { method = '', url = '', headers } = request
    const one: Received = { method, url, headers, body, notice: JSON.parse(body) }
    received.push(one)
    await answer(response, one)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?token=t0ken`, received }
}
