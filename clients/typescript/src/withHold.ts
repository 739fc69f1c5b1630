import type { Tokenwell } from './client.js'
import { answered } from './refused.js'
import type { components } from './schema.js'

/** Tokens that are set aside. */
export type Hold = components['schemas']['Hold']

/** What a job is to be paid with. */
export interface HoldRequest {
    /** The account: `accountOf(user)`, or the account's id. */
    account: string
    /** The most tokens that the job can use. */
    amount: number
    /** What the tokens are for, in words for the user. */
    reason: string
    /** What names this job, and no other. The same job with the same key is paid for once. */
    key: string
    /** How long the tokens stay set aside, in seconds. */
    ttl_s?: number
}

/** A job that is done. */
export interface Done<T> {
    /** The tokens that it used. */
    used: number
    result: T
}

/**
 * Sets tokens aside, runs a job, and takes the tokens that it used. If the job fails, no token is taken.
 *
 * @throws `Refused` before the job runs if the user has too few tokens, and after it if what it used cannot be taken; what
 * the job throws.
 */
export async function withHold<T>(
    tokens: Tokenwell,
    { account, amount, reason, key, ttl_s }: HoldRequest,
    job: (hold: Hold) => Promise<Done<T>>,
): Promise<T> {
    const step = (name: string) => ({ 'Idempotency-Key': `${key}-${name}` })
    const hold = answered(
        await tokens.POST('/v1/accounts/{id}/holds', {
            params: { path: { id: account }, header: step('hold') },
            body: { amount, reason, ttl_s: ttl_s ?? null },
        }),
    )
    const path = { id: hold.id }
    let done: Done<T>
    try {
        done = await job(hold)
    } catch (error) {
        // Why the job failed matters more. A hold that is not released expires.
        await tokens
            .POST('/v1/holds/{id}/release', { params: { path, header: step('release') } })
            .catch(() => undefined)
        throw error
    }
    const committed = await tokens.POST('/v1/holds/{id}/commit', {
        params: { path, header: step('commit') },
        body: { amount: done.used },
    })
    if (isEnded(committed.error) && done.used > 0) {
        // The job took longer than the hold lived.
        answered(
            await tokens.POST('/v1/accounts/{id}/spends', {
                params: { path: { id: account }, header: step('spend') },
                body: { amount: done.used, reason },
            }),
        )
    } else if (!isEnded(committed.error)) {
        answered(committed)
    }
    return done.result
}

function isEnded(problem: { code?: string } | undefined): boolean {
    return problem?.code === 'hold_ended'
}
