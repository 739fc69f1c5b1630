import createClient, { type Client } from 'openapi-fetch'
import type { paths } from './schema.js'

/** The calls of a service, with the types of its OpenAPI document. */
export type Tokenwell = Client<paths>

export interface Options {
    /** The address of the service. */
    service: string
    /** A service key with the scopes that the calls need. */
    key: string
    /** How often a request is sent again if there was no response, or one that asks to come back later. */
    retries?: number
    /** Sends a request. */
    fetch?: (request: Request) => Promise<Response>
    /** Waits so many milliseconds. */
    pause?: (ms: number) => Promise<unknown>
}

/** How a path names the account of one of your users, by your own id. */
export function accountOf(user: string): string {
    return `ext:${user}`
}

/** A client of a service. */
export function tokenwell({ service, key, ...options }: Options): Tokenwell {
    return createClient<paths>({
        baseUrl: service,
        headers: { authorization: `Bearer ${key}` },
        fetch: (request) => sent(request, options),
    })
}

const FIRST_PAUSE_MS = 250

async function sent(
    request: Request,
    {
        retries = 4,
        fetch = globalThis.fetch,
        pause = (ms: number) => new Promise((done) => setTimeout(done, ms)),
    }: Omit<Options, 'service' | 'key'>,
): Promise<Response> {
    for (let attempt = 0; ; attempt++) {
        const isLast = attempt >= retries || !mayBeRepeated(request)
        const backOff = FIRST_PAUSE_MS * 2 ** attempt
        try {
            const response = await fetch(request.clone())
            if (isLast || !asksToComeBack(response)) return response
            await response.body?.cancel()
            await pause(Number(response.headers.get('retry-after') ?? 0) * 1000 || backOff)
        } catch (error) {
            if (isLast) throw error
            await pause(backOff)
        }
    }
}

/** Whether a request has the effect of once, however often it is sent. */
function mayBeRepeated(request: Request): boolean {
    return ['GET', 'PUT'].includes(request.method) || request.headers.has('idempotency-key')
}

function asksToComeBack(response: Response): boolean {
    return response.status === 503 || response.status === 429
}
