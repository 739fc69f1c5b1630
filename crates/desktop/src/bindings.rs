//! The TypeScript types of everything that crosses between shell and panel, in one file.

use crate::{command::Command, view::View};
use std::collections::BTreeMap;
use ts_rs::{Config, TS, TypeVisitor};

const HEADER: &str = "// Generated from crates/desktop/src/view.rs and command.rs; do not edit. \
                      UPDATE=1 cargo test -p tokenwell-desktop regenerates it.\n";

/// The content of `ui/src/lib/bindings.ts`: [`View`], [`Command`], and the types they are made of.
pub fn bindings() -> String {
    let mut declarations = Declarations { config: Config::new(), by_name: BTreeMap::new() };
    declarations.visit::<View>();
    declarations.visit::<Command>();
    declarations.by_name.into_values().fold(HEADER.to_owned(), |file, declaration| file + "\n" + &declaration)
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
