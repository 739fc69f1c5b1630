//! The figures of an account that is read with an API key.

use crate::template::Field;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokenwell_desktop::{
    key_account::{KeyAccount, Readings},
    meter_text,
    text::Texts,
};
use tokenwell_meters::Meter;

/// An account that is read with an API key, with what is known about its figures.
pub(crate) struct Meters<'a> {
    pub(crate) account: &'a KeyAccount,
    pub(crate) readings: &'a Readings,
    pub(crate) stale: bool,
    pub(crate) now: Timestamp,
    pub(crate) texts: &'a Texts,
}

impl Meters<'_> {
    /// A line for each meter, whether one is low, when the figures were received, and whether they may be out of date.
    pub(crate) fn parts(&self) -> Vec<String> {
        let Self { account, readings, texts, .. } = self;
        let mut parts: Vec<String> =
            readings.meters.iter().map(|meter| meter_text::line(meter, texts)).collect();
        parts.extend(account.is_low().then(|| texts.say("tray-low")));
        parts.extend(account.refused.then(|| texts.say("tray-key-refused")));
        parts.push(texts.say_with("glance-as-of", [("when", texts.moment(readings.received_at))]));
        parts.extend(self.stale.then(|| texts.say("glance-stale")));
        parts
    }

    /// The figures as an object, with or without what changes each time. Amounts are texts, because they are exact.
    pub(crate) fn json(&self, changing: bool) -> Value {
        let Self { account, readings, .. } = self;
        let meter = |meter: &Meter| {
            json!({
                "name": meter.name, "amount": meter.amount, "unit": meter.unit, "limit": meter.limit,
                "renews_at": meter.renews_at, "low": account.is_meter_low(meter),
            })
        };
        let mut object = json!({
            "platform": account.platform,
            "account": account.name,
            "received_at": readings.received_at,
            "stale": self.stale,
            "low": account.is_low(),
            "refused": account.refused,
            "meters": readings.meters.iter().map(meter).collect::<Vec<_>>(),
        });
        if changing {
            object["age_s"] = (self.now.as_second() - readings.received_at.as_second()).max(0).into();
        }
        object
    }

    pub(crate) fn waybar(&self) -> Value {
        let classes: Vec<&str> = [("low", self.account.is_low()), ("stale", self.stale)]
            .into_iter()
            .filter_map(|(class, applies)| applies.then_some(class))
            .collect();
        let shown = self.account.shown();
        let amount = shown.and_then(|meter| meter.amount);
        let mut module = json!({
            "text": amount.map_or_else(|| "–".to_owned(), |amount| meter_text::short(amount, self.texts)),
            "alt": self.account.platform,
            "tooltip": self.parts().join("\n"),
            "class": classes,
        });
        let limit = shown.and_then(|meter| meter.limit);
        if let Some(percent) = amount.zip(limit).and_then(|(amount, limit)| amount.steps_of(limit, 100)) {
            module["percentage"] = percent.into();
        }
        module
    }

    /// The value of a field. A platform has no buckets, so their fields are empty.
    pub(crate) fn value(&self, field: Field) -> String {
        let Self { account, readings, texts, .. } = self;
        let shown = account.shown();
        let if_so = |holds: bool, id| if holds { texts.say(id) } else { String::new() };
        match field {
            Field::Spendable | Field::Total => {
                let amount = shown.and_then(|meter| meter.amount);
                amount.map(|amount| meter_text::exact(amount, texts)).unwrap_or_default()
            }
            Field::Allowance => {
                let limit = shown.and_then(|meter| meter.limit);
                limit.map(|limit| meter_text::exact(limit, texts)).unwrap_or_default()
            }
            Field::Plan => account.name.clone(),
            Field::Resets => {
                let renews = shown.and_then(|meter| meter.renews_at).filter(|at| *at > self.now);
                renews.map(|at| texts.moment(at)).unwrap_or_default()
            }
            Field::AsOf => texts.moment(readings.received_at),
            Field::Low => if_so(account.is_low(), "tray-low"),
            Field::Stale => if_so(self.stale, "glance-stale"),
            Field::Rollover
            | Field::Fast
            | Field::TopUp
            | Field::Locked
            | Field::RolloverCap
            | Field::Next => String::new(),
        }
    }
}
