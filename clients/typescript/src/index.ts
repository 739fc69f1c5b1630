export { accountOf, tokenwell, type Options, type Tokenwell } from './client.js'
export { answered, Refused, type Problem } from './refused.js'
export { withHold, type Done, type Hold, type HoldRequest } from './withHold.js'
export type { components, paths } from './schema.js'
