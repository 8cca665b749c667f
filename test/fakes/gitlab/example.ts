import type { ExampleService } from '../example-services.ts'
import { fakeGitlab, MAINTAINER } from './server.ts'

export async function gitlabExample(): Promise<ExampleService> {
  const gitlab = await fakeGitlab()
  return {
    env: { KEYS_TOKEN: MAINTAINER },
    replace: { 'https://gitlab.com/api/v4': gitlab.apiUrl },
    delivered: () => [...gitlab.homes.values()].flatMap((all) => all.map(({ value }) => value)),
    close: () => gitlab.close(),
  }
}
