import type { ExampleService } from '../example-services.ts'
import { fakeGithub } from './server.ts'

export async function githubExample(): Promise<ExampleService> {
  const github = await fakeGithub()
  github.tokens.set('github_pat_of_the_example', { secrets: 'write', contents: 'write' })
  return {
    env: { KEYS_TOKEN: 'github_pat_of_the_example' },
    replace: { 'https://api.github.com': github.apiUrl },
    delivered: () => [...github.homes.values()].flatMap((all) => [...all.values()].map(({ value }) => value)),
    close: () => github.close(),
  }
}
