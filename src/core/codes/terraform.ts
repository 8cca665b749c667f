/** What only the Terraform provider says. */
export const TERRAFORM_CODES = {
  TERRAFORM_TOKEN_IN_PLAN:
    'A managing key is written in the provider block. Terraform puts the configuration of providers into plan files, where everybody who may read a plan can take it. Leave token out, and set the environment variable of that API for the run.',
  TERRAFORM_NOT_CONFIGURED:
    'The provider block lacks something that this resource needs: a stack, the managing key of its API, or the project. Write it into the block, or set the variable that stands in for it.',
  TERRAFORM_PENDING:
    'An apply could not finish a key: an answer was lost, or an API or a place was down. The state says pending and keeps what was announced. It is no error of the resource, or Terraform would destroy it before it creates it anew. The next apply goes on where this one stopped.',
  TERRAFORM_ROTATES:
    'The plan issues the next generation of a key, delivers it to every place and then ends the old one; both work in between. Fields that an API takes only at creation are changed in this way, too. Nothing is destroyed first.',
  TERRAFORM_RETIRING:
    'An old key still works, so that whoever has it can change over. Nothing happens between applies: the first apply after the instant that is named ends it, or: keywright census --burn-orphans STACK once no state knows it.',
  TERRAFORM_UNCLAIMED:
    'Live keys carry the marker of this stack, and no resource that was looked at claims them: an apply was killed, or a state was lost. The next apply of their key_id takes them up or ends them. Where no resource has that key_id any more, keywright census --burn-orphans STACK ends them.',
  TERRAFORM_IMPORT:
    'What was to be imported or looked up is not exactly one live key. An import takes the hash of a key, its address STACK/KEY_ID, or WORKSPACE/NAME where only one key of that workspace has the name.',
  TERRAFORM_MOVED_PLAINTEXT:
    'A key was moved here from a provider that keeps plaintext in its state. That secret was used for its fingerprint and is not in the new state; earlier versions of the state still hold it, in every backend that keeps versions, and in backup files. Rotate the key, then delete these versions.',
  TERRAFORM_STATE_INVALID:
    'A file that was given as a Terraform state is none, or is damaged at the place that is named. Nothing was written. terraform state pull prints the state of the workspace that is selected, from whatever keeps it; give import that file.',
  TERRAFORM_STATE_LEFT_OUT:
    'A key that a Terraform state names cannot be taken over from it: its live key is gone, is managed already, carries the marker of another stack, or waits for its deletion. The other keys of the state are not affected. The hint says what to do about this one.',
  TERRAFORM_STATE_MISMATCH:
    'A Terraform state keeps a plaintext beside a key that is not the secret of that key: SHA-256 of it is another hash. The key was found by its hash, and the plaintext was not used. Somebody edited the state, or it belongs to another key; treat that plaintext as leaked all the same.',
  TERRAFORM_FORGOTTEN:
    'The live key of a resource that was to be destroyed carries a later generation than the state knows: another resource of the same key has taken it over, as with create_before_destroy. It was forgotten here and left alive there.',
} as const
