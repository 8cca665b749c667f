import { App, Aspects } from 'cdktf'
import { RequireRotation } from 'keywright/cdktf'
import { KeysStack } from './keys-stack.js'

const app = new App()
const stack = new KeysStack(app, 'keys')
Aspects.of(stack).add(new RequireRotation({ atMost: '90d' }))
app.synth()
