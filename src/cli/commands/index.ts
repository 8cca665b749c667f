/** Every command by name, loaded when it is the one that was typed. */
import type { Command, Group } from '../shell/command.ts'

export interface Entry {
  readonly group: 'loop' | 'look' | 'day2' | 'incident' | 'tools'
  /** For the list in `keywright --help`. */
  readonly summary: string
  readonly load: () => Promise<Command | Group>
}

export const COMMANDS: Readonly<Record<string, Entry>> = {
  init: {
    group: 'loop',
    summary: 'write keywright.yaml and a first manifest',
    load: async () => (await import('./init.ts')).init,
  },
  validate: {
    group: 'loop',
    summary: 'check all files, offline',
    load: async () => (await import('./validate.ts')).validate,
  },
  plan: { group: 'loop', summary: 'show what apply would do', load: async () => (await import('./plan.ts')).plan },
  apply: {
    group: 'loop',
    summary: 'create, update, rotate, deliver and retire keys',
    load: async () => (await import('./apply.ts')).apply,
  },
  reconcile: {
    group: 'loop',
    summary: 'keep it so, with nobody watching',
    load: async () => (await import('./reconcile.ts')).reconcile,
  },
  drift: {
    group: 'loop',
    summary: 'show what was changed outside keywright',
    load: async () => (await import('./drift.ts')).drift,
  },
  destroy: {
    group: 'loop',
    summary: 'retire keys of this stack',
    load: async () => (await import('./destroy.ts')).destroy,
  },
  demo: {
    group: 'loop',
    summary: 'a guided tour against a local emulator',
    load: async () => (await import('./demo.ts')).demo,
  },
  status: {
    group: 'look',
    summary: 'where every key stands, and what is stuck',
    load: async () => (await import('./status.ts')).status,
  },
  doctor: {
    group: 'look',
    summary: 'check files, store, tokens, clocks and sinks; changes nothing',
    load: async () => (await import('./doctor.ts')).doctor,
  },
  show: {
    group: 'look',
    summary: 'one key: resolved entry, places, generations, next step',
    load: async () => (await import('./show.ts')).show,
  },
  census: {
    group: 'look',
    summary: 'all live keys of the account, classed; needs only a token',
    load: async () => (await import('./census.ts')).census,
  },
  usage: {
    group: 'look',
    summary: 'what was spent, by key, label or provider',
    load: async () => (await import('./usage.ts')).usage,
  },
  schedule: {
    group: 'look',
    summary: 'what is due when, in which window',
    load: async () => (await import('./schedule.ts')).schedule,
  },
  history: {
    group: 'look',
    summary: 'who did what to a key, when and why',
    load: async () => (await import('./history.ts')).history,
  },
  explain: {
    group: 'look',
    summary: 'what an error code means and what to do',
    load: async () => (await import('./explain.ts')).explain,
  },
  adopt: {
    group: 'day2',
    summary: 'take a live key over as it is',
    load: async () => (await import('./adopt.ts')).adopt,
  },
  import: {
    group: 'day2',
    summary: 'write live keys as manifests, and record them as they are',
    load: async () => (await import('./import.ts')).importKeys,
  },
  rotate: {
    group: 'day2',
    summary: 'issue the next generation of a key now',
    load: async () => (await import('./rotate.ts')).rotate,
  },
  rollback: {
    group: 'day2',
    summary: 'go back to the generation before',
    load: async () => (await import('./rollback.ts')).rollback,
  },
  extend: {
    group: 'day2',
    summary: 'keep an old secret valid for longer',
    load: async () => (await import('./extend.ts')).extend,
  },
  retire: {
    group: 'day2',
    summary: 'end the grace of an old secret now',
    load: async () => (await import('./retire.ts')).retire,
  },
  pause: {
    group: 'day2',
    summary: 'begin nothing at a key for a while',
    load: async () => (await import('./pause.ts')).pause,
  },
  resume: {
    group: 'day2',
    summary: 'let go of a key: paused, pinned, held or stopped',
    load: async () => (await import('./resume.ts')).resume,
  },
  leaked: {
    group: 'incident',
    summary: 'end and replace the key of a leaked secret',
    load: async () => (await import('./leaked.ts')).leaked,
  },
  disable: {
    group: 'incident',
    summary: 'disable a key now',
    load: async () => (await import('./disable.ts')).disable,
  },
  hash: {
    group: 'incident',
    summary: 'the hash of a secret on stdin',
    load: async () => (await import('./hash.ts')).hash,
  },
  state: {
    group: 'tools',
    summary: 'list, show, mv, rm, rebuild, break-lock, accept-identity',
    load: async () => (await import('./state.ts')).state,
  },
  snapshot: {
    group: 'tools',
    summary: 'facts to plan from without a credential',
    load: async () => (await import('./snapshot.ts')).snapshot,
  },
  codeowners: {
    group: 'tools',
    summary: 'who reviews which file, from teams and owners',
    load: async () => (await import('./codeowners.ts')).codeowners,
  },
  ci: {
    group: 'tools',
    summary: 'jobs of GitHub Actions and GitLab CI: plan, comment, apply',
    load: async () => (await import('./ci.ts')).ci,
  },
  provider: {
    group: 'tools',
    summary: 'install the Terraform provider',
    load: async () => (await import('./provider.ts')).provider,
  },
  schema: {
    group: 'tools',
    summary: 'print a JSON Schema',
    load: async () => (await import('./schema.ts')).schema,
  },
  emulate: {
    group: 'tools',
    summary: 'a local OpenRouter and Strait for tests and demos',
    load: async () => (await import('./emulate.ts')).emulate,
  },
  completion: {
    group: 'tools',
    summary: 'completion script for bash, zsh or fish',
    load: async () => (await import('./completion.ts')).completion,
  },
}
