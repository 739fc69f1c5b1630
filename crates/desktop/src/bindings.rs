//! The TypeScript types of everything that crosses between shell and panel, in one file.

use crate::{command::Command, view::View};
use std::collections::BTreeMap;
use tokenwell_currencies::{EXCEPTIONS, USUAL};
use ts_rs::{Config, TS, TypeVisitor};

const HEADER: &str = "// Generated from crates/desktop/src/view.rs and command.rs, and from crates/currencies; do not \
                      edit. UPDATE=1 cargo test -p tokenwell-desktop regenerates it.\n";

/// The content of `ui/src/lib/bindings.ts`: [`View`], [`Command`], the types they are made of, and the minor units of
/// currencies.
pub fn bindings() -> String {
    let mut declarations = Declarations { config: Config::new(), by_name: BTreeMap::new() };
    declarations.visit::<View>();
    declarations.visit::<Command>();
    let declarations = declarations.by_name.into_values();
    declarations.fold(HEADER.to_owned(), |file, declaration| file + "\n" + &declaration)
        + "\n"
        + &minor_units()
}

/// The digits and steps of every currency. The panel knows amounts and no limits.
fn minor_units() -> String {
    let unit = |digits, step| format!("{{ digits: {digits}, step: {step} }}");
    let usual = unit(USUAL.digits, USUAL.step);
    let exceptions = EXCEPTIONS
        .iter()
        .map(|(code, rules)| (code, unit(rules.digits, rules.step)))
        .filter(|(_, unit)| *unit != usual)
        .fold(String::new(), |lines, (code, unit)| lines + &format!("    {code}: {unit},\n"));
    format!(
        "/** How an amount of a currency is counted: its decimals, and of how many minor units it is a multiple. */\n\
         export type MinorUnit = {{ digits: number, step: number }};\n\n\
         /** The minor unit of most currencies. */\n\
         export const USUAL_MINOR_UNIT: MinorUnit = {usual}\n\n\
         /** The minor units of all other currencies, by code. */\n\
         export const MINOR_UNITS: Readonly<Record<string, MinorUnit>> = {{\n{exceptions}}}\n"
    )
}

struct Declarations {
    config: Config,
    by_name: BTreeMap<String, String>,
}

impl TypeVisitor for Declarations {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        // Only types of our own have a file; TypeScript's own types and containers are passed through.
        if T::output_path().is_none() {
            T::visit_dependencies(self);
            T::visit_generics(self);
            return;
        }
        let name = T::ident(&self.config);
        if self.by_name.contains_key(&name) {
            return;
        }
        let docs = T::docs().unwrap_or_default();
        self.by_name.insert(name, format!("{docs}export {}\n", T::decl(&self.config)));
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::assert_committed;

    #[test]
    fn the_committed_typescript_types_match_the_rust_types() {
        assert_committed("../../ui/src/lib/bindings.ts", &super::bindings());
    }
}
