/** Refusals that protect against large or irreversible changes. */
export const GUARD_CODES = {
  GUARD_TOO_MANY_DELETES:
    'The plan retires more keys than the guard allows, by number or by percent. If that is meant, allow it once with --allow-deletes N, or raise guard.maxDeletes.',
  GUARD_TOO_MANY_MISSING:
    'More recorded keys are gone from the API than the guard allows to issue again. This often means a wrong account or workspace. If the keys really were deleted, allow it once with --allow-missing N.',
  GUARD_OVER_BUDGET:
    'The worst-case monthly spend of all keys would exceed guard.maxMonthlyUsd. Lower limits, allow it once with --allow-spend USD, or raise the guard in keywright.yaml.',
  GUARD_EXPIRY_REQUIRED: 'guard.requireExpiry is on, and a key has neither expiresIn nor expiresAt. Add one of them.',
  GUARD_TOO_MANY_DISABLES:
    'The plan disables more keys than guard.maxDisables or guard.maxDisablePercent allows. If that is meant, allow it once with --allow-disables N, or raise the guard.',
  GUARD_TOO_MANY_ROTATIONS:
    'The plan rotates more keys at once than guard.maxRotations or guard.maxRotationPercent allows. Keys whose secret leaked do not count. Allow it once with --allow-rotations N, spread the rotations with jitter, or raise the guard.',
  GUARD_TOO_MUCH_LOOSENED:
    'The plan allows more keys more than before (a higher limit, a later end, more scopes) than guard.maxLoosen. If that is meant, allow it once with --allow-loosen N.',
  GUARD_KEY_OVER_BUDGET:
    'One key could spend more in a month, at worst, than guard.maxKeyMonthlyUsd. A daily limit counts 31 times, a weekly one 6 times. Lower its limit, or allow it once with the printed line.',
  GUARD_LABEL_OVER_BUDGET:
    'The keys with one label could together spend more in a month, at worst, than guard.labelMonthlyUsd allows for it. Lower limits, or raise the amount in keywright.yaml.',
  GUARD_UNLIMITED:
    'guard.requireLimit is on, and a key has no spending limit. Give it one, or name it in guard.exempt.',
  GUARD_ROTATION_REQUIRED:
    'guard.requireRotation is set, and a key is rotated by hand only or less often than that. Write rotation.every, or name the key in guard.exempt.',
  GUARD_OWNER_REQUIRED:
    'guard.requireOwner is on, and a key names no owner. Write owner, or name the key in guard.exempt.',
  GUARD_LABEL_REQUIRED:
    'A key lacks a label that guard.requireLabels asks for. Write it, or name the key in guard.exempt.',
  GUARD_SINK_KIND:
    'A key delivers its secret to a sink of a kind that guard.requireSinkKinds does not list. Deliver it elsewhere, or name the key in guard.exempt.',
  GUARD_NAME_PATTERN:
    'The id of a key matches none of the globs in guard.requireNames. Give it another id (moved: keeps the secret), or name the key in guard.exempt.',
  GUARD_SCOPE_APPROVAL:
    'A key would get a scope that guard.approveScopes lists, or the scope * that covers it. Whoever may decide that allows it once with --allow-scope SCOPE.',
  GUARD_SELF_LOCKOUT:
    'The plan would end or shrink the very key this run authenticates with, and the next run could not undo that. It is never done: put another managing key where the token of the provider looks for it, and run again.',
  GUARD_TEAM_REQUIRED:
    'guard.requireTeam is on, and a key is declared in a file that lies in no folder of a team. Move the entry, or name the key in guard.exempt.',
  GUARD_TEAM_FOREIGN:
    'A file of one team declares, changes, renames or hands over a key that belongs to another team, by its folder or by the globs of teams.NAME.keys. Nothing is done: whoever owns the key changes it.',
  GUARD_TEAM_PLACE:
    'A key delivers its secret to a place that teams.NAME.places of its team does not list. Choose another place, or let the owners of keywright.yaml add it.',
  GUARD_TEAM_PROVIDER:
    'A key uses a provider that teams.NAME.providers of its team does not list. Choose another one, or let the owners of keywright.yaml add it.',
  GUARD_TEAM_OVER_BUDGET:
    'The keys of one team could together spend more in a month, at worst, than teams.NAME.maxMonthlyUsd. Lower limits, or let the owners of keywright.yaml raise it.',
  GUARD_TEAM_KEYS:
    'A team declares more keys than teams.NAME.maxKeys. Remove some, or let the owners of keywright.yaml raise the number.',
  GUARD_TEAM_ROTATION:
    'A key is rotated by hand only, or less often than teams.NAME.requireRotation of its team asks for. Write rotation.every.',
  GUARD_PROTECTED:
    'The plan deletes, disables or retires a protected key. Set protect: false in a commit of its own first, then remove the key.',
  GUARD_EMPTY:
    'The manifests hold no keys while the store has records, which would retire everything. If that is meant, run with --allow-empty.',
  PLACE_SHARED_BY_REMOVAL:
    'The plan removes one key and creates another that delivers to the same place. That is nearly always a rename: say so with a moved: entry and the same secret stays in place.',
} as const
