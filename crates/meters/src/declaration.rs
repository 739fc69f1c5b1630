//! Platforms as TOML. The built-in ones are written like those that a user declares.

use crate::{
    Mistake, Platform, Unit,
    key::PLACEHOLDER,
    mistake::Source,
    platform::{Figure, Rule},
    pointer::Pointer,
};
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;
use url::{Host, Url};

/// The longest file that is read.
const BYTES_MAX: usize = 64 * 1024;
const METERS_MAX: usize = 12;
const NAME_MAX: usize = 60;

/// Headers that belong to the request itself.
const RESERVED: [&str; 6] =
    ["connection", "content-length", "cookie", "host", "proxy-authorization", "transfer-encoding"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: Spanned<String>,
    name: Spanned<String>,
    address: Spanned<String>,
    buy: Spanned<String>,
    headers: Spanned<BTreeMap<String, Spanned<String>>>,
    meters: Spanned<Vec<WrittenMeter>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenMeter {
    name: Spanned<String>,
    left: Option<Spanned<String>>,
    used: Option<Spanned<String>>,
    unit: Spanned<String>,
    limit: Option<Spanned<String>>,
    renews: Option<Spanned<String>>,
}

impl Platform {
    /// Reads a platform's file. The mistake names the line and, if a pointer is wrong, the pointer.
    pub fn declared(text: &str) -> Result<Self, Mistake> {
        let source = Source(text);
        if text.len() > BYTES_MAX {
            return Err(source.mistake_at(0, "the file is too long"));
        }
        let written: Written = toml::from_str(text)
            .map_err(|error| source.mistake_at(error.span().map_or(0, |span| span.start), error.message()))?;
        let address = source.address(&written.address)?;
        let buy = source.address(&written.buy)?;
        if written.address.get_ref().contains(PLACEHOLDER) {
            return Err(source.mistake(&written.address, "the key belongs in a header, not in the address"));
        }
        let meters = source.meters(&written.meters)?;
        Ok(Self {
            id: source.id(&written.id)?,
            name: source.name(&written.name)?,
            address,
            buy,
            headers: source.headers(&written.headers)?,
            meters,
        })
    }
}

impl Source<'_> {
    fn id(&self, id: &Spanned<String>) -> Result<String, Mistake> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        match id.get_ref() {
            text if (1..=40).contains(&text.len()) && text.chars().all(fits) => Ok(text.clone()),
            _ => Err(self.mistake(id, "an id has up to 40 small letters, digits and hyphens")),
        }
    }

    fn name(&self, name: &Spanned<String>) -> Result<String, Mistake> {
        let text = name.get_ref().trim();
        let fits = (1..=NAME_MAX).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        if fits { Ok(text.to_owned()) } else { Err(self.mistake(name, "a name has 1 to 60 characters")) }
    }

    fn address(&self, address: &Spanned<String>) -> Result<Url, Mistake> {
        let url = Url::parse(address.get_ref()).ok().filter(Url::has_host);
        let Some(url) = url.filter(|url| url.username().is_empty() && url.password().is_none()) else {
            return Err(self.mistake(address, "an address starts with https:// and a host"));
        };
        let local = match url.host() {
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        };
        match url.scheme() {
            "https" => Ok(url),
            "http" if local => Ok(url),
            _ => Err(self.mistake(address, "use https:// (http:// is only for this computer)")),
        }
    }

    fn headers(
        &self,
        headers: &Spanned<BTreeMap<String, Spanned<String>>>,
    ) -> Result<Vec<(String, String)>, Mistake> {
        let mut placeholders = 0;
        for (name, value) in headers.get_ref() {
            let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
            if name.is_empty() || !name.bytes().all(token) {
                return Err(self.mistake(value, format!("`{name}` cannot be the name of a header")));
            }
            if RESERVED.contains(&name.to_ascii_lowercase().as_str()) {
                return Err(self.mistake(value, format!("the header `{name}` cannot be set")));
            }
            if !value.get_ref().bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
                return Err(self.mistake(value, "a header is one line of ASCII"));
            }
            placeholders += value.get_ref().matches(PLACEHOLDER).count();
        }
        if placeholders != 1 {
            let problem = format!("one of the headers has to have `{PLACEHOLDER}` once, where the key goes");
            return Err(self.mistake_at(headers.span().start, &problem));
        }
        Ok(headers.get_ref().iter().map(|(name, value)| (name.clone(), value.get_ref().clone())).collect())
    }

    fn meters(&self, meters: &Spanned<Vec<WrittenMeter>>) -> Result<Vec<Rule>, Mistake> {
        let written = meters.get_ref();
        if !(1..=METERS_MAX).contains(&written.len()) {
            return Err(self.mistake_at(meters.span().start, "a platform has 1 to 12 meters"));
        }
        let mut rules: Vec<Rule> = Vec::new();
        for meter in written {
            let rule = self.meter(meter)?;
            if rules.iter().any(|other| other.figure.pointer().as_str() == rule.figure.pointer().as_str()) {
                let figure = meter.left.as_ref().or(meter.used.as_ref()).unwrap_or(&meter.name);
                return Err(self.mistake(figure, "another meter has this pointer already"));
            }
            rules.push(rule);
        }
        Ok(rules)
    }

    fn meter(&self, meter: &WrittenMeter) -> Result<Rule, Mistake> {
        let limit = meter.limit.as_ref().map(|limit| self.pointer(limit)).transpose()?;
        let figure = match (&meter.left, &meter.used) {
            (Some(left), None) => Figure::Left(self.pointer(left)?),
            (None, Some(used)) if limit.is_some() => Figure::Used(self.pointer(used)?),
            (None, Some(used)) => {
                return Err(self.mistake(used, "a meter with `used` needs `limit`, to know what is left"));
            }
            (Some(_), Some(used)) => {
                return Err(self.mistake(used, "a meter has either `left` or `used`"));
            }
            (None, None) => {
                return Err(self.mistake(&meter.name, "this meter needs `left` or `used`, a JSON pointer"));
            }
        };
        Ok(Rule {
            name: self.name(&meter.name)?,
            figure,
            unit: self.unit(&meter.unit)?,
            limit,
            renews: meter.renews.as_ref().map(|renews| self.pointer(renews)).transpose()?,
        })
    }

    fn pointer(&self, written: &Spanned<String>) -> Result<Pointer, Mistake> {
        Pointer::read(written.get_ref(), self.line_of(written)).map_err(|why| self.mistake(written, why))
    }

    fn unit(&self, unit: &Spanned<String>) -> Result<Unit, Mistake> {
        match unit.get_ref().as_str() {
            "tokens" => Ok(Unit::Tokens),
            "credits" => Ok(Unit::Credits),
            "characters" => Ok(Unit::Characters),
            code if code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase()) => {
                Ok(Unit::Money(code.to_owned()))
            }
            _ => Err(self.mistake(
                unit,
                "a unit is `tokens`, `credits`, `characters`, or the code of a currency such as `USD`",
            )),
        }
    }
}

impl Figure {
    pub(crate) fn pointer(&self) -> &Pointer {
        match self {
            Self::Left(pointer) | Self::Used(pointer) => pointer,
        }
    }
}
