import type { components } from './schema.js'

/** Why the service did not do what it was asked. Decide by `code`; `detail` is for developers. */
export type Problem = components['schemas']['Problem']

/** The service did not do what it was asked. Nothing has changed. */
export class Refused extends Error {
    constructor(
        readonly status: number,
        readonly problem: Partial<Problem>,
    ) {
        super(problem.detail ?? problem.title ?? `the service responded with ${status}`)
        this.name = 'Refused'
    }

    get code(): string | undefined {
        return this.problem.code
    }
}

/** The body of a response that is no problem. */
export function answered<T>({ data, error, response }: { data?: T; error?: unknown; response: Response }): T {
    if (data !== undefined) return data
    throw new Refused(response.status, typeof error === 'object' && error !== null ? error : {})
}
