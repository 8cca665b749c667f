/** Failures of a key API. */
export const API_CODES = {
  API_UNREACHABLE:
    'The key API could not be reached, or kept failing after several tries. Nothing is lost: what was under way is recorded. Check the network and the base URL, then run the same command again.',
  API_UNAUTHORIZED:
    'The key API refused the management key. It may be mistyped, deleted or disabled. Create a management key in the dashboard of the API, put it where the provider in keywright.yaml looks for it, and run again; keywright doctor says which source was used.',
  API_NOT_MANAGEMENT_KEY:
    'The configured token works, but it is an ordinary key, and ordinary keys cannot manage other keys. Create a management key in the dashboard and use that one.',
  API_REJECTED:
    'The key API understood the request and said no. The message holds its reason. Nothing was created or changed by this request; mend the manifest entry and run again.',
  API_RATE_LIMITED:
    'The key API asked to slow down for longer than this run wanted to wait. What is open is recorded and safe: run again later.',
  API_KEY_UNKNOWN:
    'The key API has no live key with that hash. It was deleted already, or it belongs to another account than that of the management key. Nothing was changed.',
  API_BAD_RESPONSE:
    'The answer of the key API did not have the documented shape. Something between here and the API may have answered instead of it. Nothing was concluded from that answer.',
  API_WORKSPACE_UNKNOWN:
    'A manifest names a workspace that this account does not have. Check workspaceId (a slug or a UUID) against the dashboard.',
  API_WRITE_QUOTA:
    'The budget of writes for this UTC day is used up. Open work is parked, with a reserve kept for disabling keys; it goes on after 00:00 UTC, or with a larger writesPerDay in the provider.',
  API_PROJECT_OTHER:
    'The managing key of Strait belongs to another project than the provider in keywright.yaml names. With it the keys of that project would be listed, and ours would look deleted. Correct `project`, or use a key of the right project.',
  API_KEY_BOUND:
    'The managing key of Strait is bound to one environment, or does not see itself as a key of the whole project. What such a key can list ends early and leaves keys out, which would then look deleted. Create a managing key without environment and with the scope `*`.',
  API_OWN_KEY:
    'keywright was about to revoke the very key it authenticates with, or one that shares its visible prefix and so cannot be told from it. It never does that: put another managing key where `token` looks for it and run again, or revoke the key in the dashboard.',
  API_LIST_INCOMPLETE:
    'More keys carry the very same creation time than one answer of the API can hold, and the API pages by that time, so the rest is out of reach. Nothing was concluded from the list. Such keys come from a bulk import: revoke some of them, or manage keys in another project.',
  MARKER_NOT_KEPT:
    'The API stored another name than the one that was sent, so keywright could not recognise its own key later. The key was deleted at once and the run stopped. Shorten the display name.',
  CLOCK_SKEW:
    'The clock of this machine and the clock of the API differ by more than two minutes. Creating and updating go on, but nothing is rotated or retired until the clocks agree. Mend the clock (NTP) and run again.',
  PROOF_FAILED:
    'A newly issued secret was refused by the API (where a key may take a moment to be known, for a whole minute), so it was never delivered. The key is deleted and another generation is issued by the next run.',
  API_GUARDRAIL_UNKNOWN:
    'The manifest names a guardrail that the workspace of this key does not have, or that several guardrails there are called. The key is left alone, since it would run unguarded. Create the guardrail, correct the name, or write its id.',
} as const
