// The part of undici that keywright uses: loading all of it costs each start about half as much as Node itself.
// undici's index.js puts `request` on the prototype in just this way (read in 7.30).
import request from 'undici/lib/api/api-request.js'
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js'
import Pool from 'undici/lib/dispatcher/pool.js'

Dispatcher.prototype.request = request

export { Pool }
