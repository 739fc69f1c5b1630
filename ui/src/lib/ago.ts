import { minutes } from './clock.svelte'
import { format } from './format'
import { t } from './messages'

/** How long ago a moment was, such as `12 minutes ago`. Follows the clock while it is on screen. */
export const agoText = (at: string): string => format.ago(at, minutes.now) ?? t('moments-ago')
