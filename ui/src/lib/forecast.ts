import type { Account, Balance, Forecast } from './bindings'
import { format } from './format'
import { t } from './messages'

/** A forecast in sentences. The first one names the pace. */
export function forecastText(
    forecast: Forecast,
    balance: Balance,
    account: Account | null,
    now: number,
): string {
    const daily = account?.plan.allowance_period === 'day'
    const sentences = daily ? onFreePlan(forecast, balance) : onPaidPlan(forecast, balance, now)
    const text = [t('forecast-pace', { daily: format.about(forecast.daily) }), ...sentences].join(' ')
    // A German date ends with a full stop, and so does the sentence.
    return text.replaceAll('..', '.')
}

/** A date that stays on one line. */
const unbroken = (date: string) => date.replaceAll(/[ \u202f]/g, '\u00a0')

function onPaidPlan(
    forecast: Forecast,
    { fast, rollover, top_up, spendable }: Balance,
    now: number,
): string[] {
    const { top_up_from, empty_at, refilled_at, at_reset, plan_ends } = forecast
    const day = (at: string) => unbroken(format.day(at, now))
    const sentences: string[] = []
    if (!spendable) {
        // That nothing is left is said beside the balance.
        if (refilled_at) {
            sentences.push(t('forecast-refilled', { allowance: fast.allowance, on: day(refilled_at) }))
        }
    } else if (empty_at && format.dayKey(empty_at) === format.dayKey(now)) {
        sentences.push(t('forecast-empty-today'))
    } else if (top_up_from && empty_at) {
        sentences.push(t('forecast-top-up', { from: day(top_up_from), until: day(empty_at) }))
    } else if (empty_at) {
        sentences.push(t('forecast-empty', { until: day(empty_at) }))
    } else if (top_up_from) {
        sentences.push(
            t(plan_ends ? 'forecast-top-up-used' : 'forecast-top-up-lasts', { from: day(top_up_from) }),
        )
    } else if (at_reset) {
        const left = { left: format.about(at_reset.plan), on: day(at_reset.at) }
        if (at_reset.plan > rollover.cap) {
            sentences.push(t('forecast-leaves-over', { ...left, cap: rollover.cap }))
        } else sentences.push(t(top_up.available ? 'forecast-leaves-untouched' : 'forecast-leaves', left))
    } else if (!plan_ends) {
        sentences.push(t(top_up.available ? 'forecast-untouched' : 'forecast-enough'))
    }
    if (plan_ends) {
        const { at, forfeited, locked } = plan_ends
        sentences.push(t('forecast-ends', { on: day(at), forfeited }))
        if (locked) sentences.push(t('forecast-ends-locked', { locked }))
    }
    return sentences
}

function onFreePlan({ empty_at }: Forecast, { fast }: Balance): string[] {
    const { allowance, resets_at } = fast
    if (!empty_at) return [t('forecast-day', { allowance })]
    const until = unbroken(format.timeOfDay(empty_at))
    const today = resets_at !== null && Date.parse(empty_at) < Date.parse(resets_at)
    if (!today) return [t('forecast-day-short', { allowance, until })]
    return [t('forecast-today', { until })]
}
