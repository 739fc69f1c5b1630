import { t } from './messages'

/** A shortcut as the system writes it, such as `⌘N` or `Ctrl+N`. */
export function shortcut(key: string): string {
    return /mac/i.test(navigator.platform) ? `⌘${key}` : t('keys', { key })
}

/** Whether an event is this shortcut. */
export function isShortcut(event: KeyboardEvent, key: string): boolean {
    const held = /mac/i.test(navigator.platform) ? event.metaKey : event.ctrlKey
    return held && !event.altKey && !event.shiftKey && event.key.toLowerCase() === key
}
