/** Whether an address can be a token service's: `https`, or plain `http` on this machine. */
export function isServiceAddress(address: string): boolean {
    if (!URL.canParse(address.trim())) return false
    const url = new URL(address.trim())
    const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
    return url.protocol === 'https:' || (url.protocol === 'http:' && loopback)
}

/** An address without what every address starts and may end with. */
export const hostOf = (address: string): string => address.trim().replace(/^https:\/\/|\/+$/g, '')
