import { App, Aspects } from 'cdktf'
import { RequireRotation } from 'keywright/cdktf'
import { KeysStack } from './keys-stack.js'

const { VAULT_ADDR = 'http://127.0.0.1:8200', STATE_BUCKET } = process.env
const app = new App()
const stack = new KeysStack(app, 'keys', { vault: VAULT_ADDR, stateBucket: STATE_BUCKET })
Aspects.of(stack).add(new RequireRotation({ atMost: '90d' }))
app.synth()
