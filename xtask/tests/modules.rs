//! Which modules of a crate may import which. Each row of the table is a crate and its rule.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "source that cannot be read is a failed test")]

mod module_graph;

use module_graph::ModuleGraph;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// The rule of a crate. In every crate of the table, files must not import each other in a cycle.
struct Rule {
    /// The folder under `crates`.
    name: &'static str,
    /// Modules that count as one file, because they are one type with methods in several files.
    one_type: &'static [&'static str],
    layerings: &'static [Layering],
}

/// Modules in layers, the top one first. A module may import those of the layers below its own.
struct Layering {
    /// The module whose modules have layers; empty for the crate's root.
    parent: &'static str,
    layers: &'static [&'static [&'static str]],
}

const RULES: [Rule; 4] = [
    Rule { name: "desktop", one_type: &["app"], layerings: &[] },
    Rule { name: "ledger", one_type: &[], layerings: &[] },
    Rule {
        name: "server",
        // The simulation drives the service from above.
        one_type: &["simulation"],
        layerings: &[Layering {
            parent: "",
            layers: &[
                &["main"],
                &["simulation"],
                &["running"],
                &["wiring"],
                &["checks"],
                &["settings"],
                &["import"],
                &["errors"],
                &["http"],
                &["payments"],
                &["accounts"],
                &["store"],
                &["base"],
            ],
        }],
    },
    Rule {
        name: "sandbox",
        one_type: &[],
        layerings: &[
            Layering {
                parent: "",
                layers: &[
                    &["startup"],
                    &["server", "settings"],
                    &["control", "pages", "studio"],
                    &["identity", "platforms", "token_service"],
                    &["webhooks"],
                    &["stripe"],
                    &["html"],
                    &["store"],
                    &["records"],
                    &["error_chain", "http_url", "random"],
                ],
            },
            Layering {
                parent: "stripe",
                layers: &[
                    &["routes"],
                    &["due", "request"],
                    &["expand"],
                    &["checkout", "customer_deletion", "events", "portal", "webhook_endpoints"],
                    &["older_versions"],
                    &["subscriptions"],
                    &["invoices", "payments"],
                    &["catalogue", "tax"],
                    &["api"],
                ],
            },
        ],
    },
];

fn violations(name: &str) -> Vec<String> {
    let rule = RULES.iter().find(|rule| rule.name == name).unwrap();
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates").join(name).join("src");
    let graph = ModuleGraph::read(&src).with_one_file_for(rule.one_type);
    let cycles = graph.cycles().into_iter().map(|cycle| format!("cycle: {cycle}"));
    cycles.chain(rule.layerings.iter().flat_map(|layering| layering.violations(&graph))).collect()
}

impl Layering {
    fn violations(&self, graph: &ModuleGraph) -> Vec<String> {
        let mut violations = Vec::new();
        for (file, imported) in graph.imports() {
            let (Some(from), Some(to)) = (self.module_of(file), self.module_of(imported)) else { continue };
            let (file, imported) = (file.display(), imported.display());
            match (self.layer_of(&from), self.layer_of(&to)) {
                _ if from == to => {}
                (None, _) => violations.push(format!("{file} is in no layer")),
                (_, None) => violations.push(format!("{imported} is in no layer")),
                (Some(above), Some(below)) if above < below => {}
                _ => violations.push(format!("{file} must not import {imported}")),
            }
        }
        violations
    }

    /// The module in the layers that a file belongs to; `None` for files outside of the parent and for its own file.
    fn module_of(&self, file: &Path) -> Option<String> {
        let inside = file.strip_prefix(self.parent).ok()?;
        let Some(Component::Normal(first)) = inside.components().next() else { return None };
        let module = Path::new(first).file_stem()?.to_str()?.to_owned();
        (!matches!(module.as_str(), "lib" | "mod")).then_some(module)
    }

    fn layer_of(&self, module: &str) -> Option<usize> {
        self.layers.iter().position(|layer| layer.contains(&module))
    }
}

fn assert_rule_holds(name: &str) {
    let violations = violations(name);
    assert!(violations.is_empty(), "crates/{name}:\n{}", violations.join("\n"));
}

#[test]
fn the_files_of_the_desktop_core_have_no_import_cycle() {
    assert_rule_holds("desktop");
}

#[test]
fn the_files_of_the_ledger_have_no_import_cycle() {
    assert_rule_holds("ledger");
}

#[test]
fn the_modules_of_the_service_import_in_one_direction() {
    assert_rule_holds("server");
}

#[test]
fn only_the_http_layer_of_the_service_uses_the_http_types() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/server/src");
    for layer in ["payments", "accounts", "store", "base"] {
        for file in rust_files(&src.join(layer)) {
            let text = std::fs::read_to_string(&file).unwrap();
            // Unit tests are at the end of a file. They may start servers.
            let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
            for foreign in ["tokenwell_wire", "axum::"] {
                assert!(!code.contains(foreign), "{} uses {foreign}", file.display());
            }
        }
    }
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { rust_files(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

#[test]
fn the_modules_of_the_sandbox_import_in_one_direction() {
    assert_rule_holds("sandbox");
}

fn graph(sources: &[(&'static str, &'static str)]) -> ModuleGraph {
    let sources: BTreeMap<PathBuf, &str> =
        sources.iter().map(|(file, text)| (PathBuf::from(file), *text)).collect();
    ModuleGraph::from_sources(|file| sources.get(file).map(|text| (*text).to_owned()))
}

#[test]
fn a_cycle_is_found_through_imports_paths_and_macros() {
    let graph = graph(&[
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "use crate::b::{self, deep::X}; fn f() { b::g() }"),
        ("b/mod.rs", "pub mod deep; pub fn g() { super::c::h() }"),
        ("b/deep.rs", "pub struct X;"),
        ("c.rs", "pub fn h() { html! { p { (crate::a::f()) } } }"),
    ]);
    let imports: Vec<String> = graph
        .imports()
        .map(|(file, imported)| format!("{} {}", file.display(), imported.display()))
        .collect();
    assert_eq!(imports, ["a.rs b/deep.rs", "a.rs b/mod.rs", "b/mod.rs c.rs", "c.rs a.rs"]);
    assert_eq!(graph.cycles(), ["a.rs, b/mod.rs, c.rs"]);
}

#[test]
fn an_import_of_a_reexported_item_counts_for_the_file_that_defines_it() {
    let graph = graph(&[
        ("lib.rs", "mod shop; mod money; pub use shop::*;"),
        ("money.rs", "pub struct Money;"),
        ("shop/mod.rs", "mod cart; mod price; pub use crate::money::Money; pub use price::Price as Cost;"),
        ("shop/cart.rs", "use super::Cost; use crate::Money; pub struct Cart(Cost, Money);"),
        ("shop/price.rs", "pub struct Price; fn f(_: crate::shop::cart::Cart) {}"),
    ]);
    let of_cart: Vec<&Path> =
        graph.imports().filter(|(file, _)| file.ends_with("cart.rs")).map(|(_, imported)| imported).collect();
    assert_eq!(of_cart, [Path::new("money.rs"), Path::new("shop/price.rs")]);
    assert_eq!(graph.cycles(), ["shop/cart.rs, shop/price.rs"]);
}

#[test]
fn a_type_with_methods_in_several_files_counts_as_one_file() {
    let graph = graph(&[
        ("lib.rs", "mod app; mod application;"),
        ("app.rs", "mod sessions; pub struct App; use sessions::f; use crate::application::g;"),
        ("app/sessions.rs", "use super::App; pub fn f(_: App) {}"),
        ("application.rs", "pub fn g() {}"),
    ]);
    assert_eq!(graph.cycles(), ["app/sessions.rs, app.rs"]);
    let graph = graph.with_one_file_for(&["app"]);
    assert_eq!(graph.cycles(), [""; 0]);
    assert_eq!(graph.imports().collect::<Vec<_>>(), [(Path::new("app.rs"), Path::new("application.rs"))]);
}

#[test]
fn imports_of_tests_and_of_other_crates_do_not_count() {
    let graph = graph(&[
        ("lib.rs", "mod a; mod b; #[cfg(test)] mod stories;"),
        (
            "a.rs",
            "use serde::b; use std::fmt; pub(in crate::a) struct X; #[cfg(test)] mod tests { use crate::b; }",
        ),
        ("b.rs", "use crate::a; #[cfg(test)] use crate::stories::Y;"),
    ]);
    let imports: Vec<_> = graph.imports().collect();
    assert_eq!(imports, [(Path::new("b.rs"), Path::new("a.rs"))]);
}

#[test]
fn an_import_upwards_and_a_module_in_no_layer_are_violations() {
    let layering = Layering { parent: "", layers: &[&["http"], &["store"]] };
    let graph = graph(&[
        ("lib.rs", "mod http; mod store; mod extra;"),
        ("http.rs", "use crate::store::Row;"),
        ("store.rs", "use crate::http::Status; pub struct Row;"),
        ("extra.rs", "use crate::store::Row;"),
    ]);
    assert_eq!(layering.violations(&graph), ["extra.rs is in no layer", "store.rs must not import http.rs"]);
}
