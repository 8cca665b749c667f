import { App, Aspects } from 'cdktf'
import { RequireRotation } from 'keywright/cdktf'
import { KeysStack } from './keys-stack.js'

const app = new App()
new KeysStack(app, 'keys')
Aspects.of(app).add(new RequireRotation({ atMost: '90d' }))
app.synth()
