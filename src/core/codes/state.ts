/** What the records and the live keys disagree about, and the store itself. */
export const STATE_CODES = {
  STATE_MISSING:
    'Live keys carry the marker of this stack, but this state never issued them. Either the state was lost (keywright state rebuild), or another repository uses the same stack name (give this one its own). Nothing was changed.',
  STATE_BEHIND:
    'A live key of this address has a higher generation than the record knows, so the state is older than reality, as after restoring a backup. The address is left alone. Bring the newer state back, or run keywright state rebuild.',
  STACK_IN_USE:
    'A live key of this address carries the marker of this stack with another lineage: some other state manages the same stack name. keywright census shows both. Whichever is the newcomer gets another stack in its keywright.yaml, before its first apply; keys it issued already are moved with handedOver and adopt.',
  STACK_RENAMED:
    'The configured stack has no records, while the store holds another stack that no environment declares. If the stack was renamed, say so with keywright state mv --stack OLD NEW; otherwise use the old name again.',
  ADDRESS_TAKEN:
    'A live key already carries the marker of this address, but no record claims it. It may come from a lost state or another writer. Run keywright census to see it, then keywright state rebuild.',
  STATE_CONFLICT:
    'Another run saved this record first. This run stepped back and did nothing more to that address; run again to see the present picture.',
  STATE_CORRUPT:
    'The state holds a line that is complete but does not match its checksum. keywright does not guess: restore the file from a backup, or move it away and run keywright state rebuild.',
  STATE_TOO_NEW: 'The state was written by a newer keywright. Update keywright, then run again.',
  STATE_UNWRITABLE:
    'The state could not be written. Check the permissions and free space of the state folder. Nothing was started.',
  STATE_PUSH_REFUSED:
    'What keywright state push or keywright state migrate was given is no state of this stack, or would take a record of the store back to an earlier moment: a record that forgets its latest generation leaves a live key behind that nobody manages. Nothing was changed. If going back is what you want, keywright state push FILE --force does it.',
  STORE_UNKNOWN: 'keywright.yaml names a kind of store that does not exist. The message lists those that do.',
  STATE_UNREADABLE: 'The state could not be read. Check the permissions of the state folder. Nothing was started.',
  STORE_DENIED:
    'The store refused the credentials of this run, or they do not reach far enough: it must be allowed to read and to write there. The message names the store. Nothing was started.',
  STORE_UNCONDITIONAL:
    'The server of an s3 store takes conditional writes and ignores their conditions, so two runs could overwrite each other without noticing. That is tried before anything is saved there. Use a server that honours If-Match and If-None-Match on PutObject, or another kind of store.',
  STORE_OPTION:
    'The store entry in keywright.yaml has an option that this kind of store does not know, or a value of the wrong type.',
  LOCK_HELD:
    'Another run holds the lease of this stack; the message and keywright doctor say whose. Wait for it, or raise --lock-timeout. If that run is certainly dead on another machine, keywright state break-lock ends its lease.',
  LEASE_LOST:
    'This run was suspended or starved for so long that its lease ran out and another run took over. It stopped before touching anything else. Run again.',
  PROVIDER_IDENTITY_CHANGED:
    'The configured provider now leads to another account than the one these records belong to. Everything stops, because every key would look deleted. Correct the token or base URL, or, if the move is meant, run keywright state accept-identity.',
  ROTATION_STORM:
    'Twelve generations of this key were issued within 24 hours, which means that something undoes each of them. The address is stopped. Find what fails with keywright status and mend it; then keywright resume ADDRESS says so, and the next apply issues again. Without that it waits until 24 hours have passed since the first of them.',
  STEP_LIMIT:
    'keywright stopped working on one address after far more steps than any honest history needs. This is a defect of keywright, not of your files; nothing more was sent. Please report it together with keywright show ADDRESS --json, which holds no secret.',
  HELD_OUTSIDE:
    'Somebody disabled this key or lowered its limit outside keywright. It is left exactly so, rotation included, until keywright resume ADDRESS or a later commit that changes this key.',
  ADDRESS_PAUSED:
    'Somebody paused this address with keywright pause. Until that time is over, or keywright resume ADDRESS ends it, nothing is begun there: no update, no rotation, no retirement. What was half done when it was paused is finished.',
  HOOK_FAILED:
    'A new secret serves and is in every place, but a hook of after: that tells somebody to read it again did not succeed. Nothing is held up: the hook is tried again by later runs, after a minute at first and at most an hour later, until it succeeds, the manifest no longer asks for it, or the next secret serves. keywright status says which one and why; grace is the time to mend it.',
  ADDRESS_PINNED:
    'Somebody rolled this key back to an earlier generation. It stays there: nothing rotates it by age, until keywright resume ADDRESS or a commit that changes the key. A renewal before an expiry still comes, since a dead key helps nobody.',
  LEAK_AMBIGUOUS:
    'The leaked value may belong to more than one key: to several earlier ones whose secret a place held before, or to one of several whose first characters are the same, where an API shows no more of them. Nothing was changed. Name the address instead: keywright leaked ADDRESS ends every secret of it that still works, and replaces the one in service.',
  ROLLBACK_IMPOSSIBLE:
    'There is no earlier generation to go back to: the one before was never in service, or its grace and hold are over and it is deleted. keywright show ADDRESS lists what is still there.',
  ADDRESS_NOT_ISSUED:
    'The command is about keys that exist, and this one was declared but never issued, or was renamed by moved: and not applied since. keywright apply ADDRESS issues or renames it.',
  ADDRESS_LEAVING:
    'The key is in no manifest any more, so nothing new is issued for it and nothing is rolled back. What is left of it ends by itself; reverting the commit that removed it brings the same secret back while it is only disabled.',
  GRACE_OVER:
    'There is no old secret in grace at this address: the key was never rotated, or the grace is over and the old key is disabled or deleted. keywright schedule ADDRESS lists what is still to come.',
  GRACE_REQUIRED:
    'A place of this key can neither be read back nor written conditionally, or only one of the two, so an old key that ends at once could still be the one in use there. Leave the grace out, or move the secret to a place that can be read.',
  SNAPSHOT_INVALID:
    'The file given with --live is not a snapshot of this version of keywright, or not one of this stack. keywright snapshot --out FILE writes one where the credential is; it holds no secret. In CI it is kept in the branch keywright-snapshot, which the first keywright ci apply on the main branch makes.',
  RECORD_UNCONFIGURED:
    'A record belongs to a provider or workspace that keywright.yaml no longer has, so its keys cannot be seen or retired. Put the provider back, or forget the record with keywright state rm ADDRESS.',
  RECORD_PROVIDER_CHANGED:
    'The manifests name another provider for this key than the one its live keys belong to, and the two lead to different accounts. One address lives in one account, so it is left alone. Name the old provider again, or declare the key under a new id at the new provider and remove this one in a later commit.',
  ADOPT_KEY_MISSING:
    'The key that adopt names is not among the live keys of its provider and workspace. Nothing is created in its place, since a misspelled hash would otherwise become a new key. Correct the hash, or write the workspaceId of the entry.',
  ADOPT_REFUSED:
    'The key that adopt names is not free, or its address has a key of its own: it is recorded here already, carries the marker of this stack without a record, carries that of another stack which from does not name, was made by the API out of one of ours, or lives where names cannot be changed. The message says which, and what to type.',
} as const
