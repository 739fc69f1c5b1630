import type { Interval, Plan, PlanPrice } from './bindings'
import { format } from './format'

/** The plans that can be subscribed to: all but the free one. */
export const paidPlans = (plans: Plan[] | null): Plan[] => (plans ?? []).filter(({ prices }) => prices.length)

/** The price of a plan for an interval, if the plan is offered for it. */
export const priceOf = ({ prices }: Plan, interval: Interval): PlanPrice | undefined =>
    prices.find((price) => price.interval === interval)

/** A price as written on an offer: `$12`. */
export const listPrice = ({ amount, currency }: PlanPrice): string => format.price(amount, currency)
