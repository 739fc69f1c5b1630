//! Which file of a crate imports which, read from the source. Tests are left out.
//!
//! An import of an item counts as an import of the file that defines it, also if another module re-exports the item.

use proc_macro2::{TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, Macro, UseTree, VisRestricted};

/// The files of a crate and their imports.
pub struct ModuleGraph {
    /// The files that each file imports.
    imports: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
}

impl ModuleGraph {
    /// Reads a crate's library. `src` is its source folder, from which the graph's paths start.
    pub fn read(src: &Path) -> Self {
        Self::from_sources(|file| std::fs::read_to_string(src.join(file)).ok())
    }

    /// Reads a library from a function that returns the text of a file if there is one.
    pub fn from_sources(source: impl Fn(&Path) -> Option<String>) -> Self {
        let root = PathBuf::from("lib.rs");
        let items = parse(&root, &source(&root).expect("a crate has a lib.rs"));
        let mut library = Library::default();
        library.add(Vec::new(), root, items, &source);
        let mut imports = BTreeMap::<PathBuf, BTreeSet<PathBuf>>::new();
        for (path, module) in &library.modules {
            let imported = library.imports_of(path, module);
            imports.entry(module.file.clone()).or_default().extend(imported);
        }
        Self { imports }
    }

    /// The graph in which each of these top-level modules, with all modules in it, is one file.
    pub fn with_one_file_for(self, modules: &[&str]) -> Self {
        let merged = |file: PathBuf| {
            let module = modules.iter().find(|module| file.with_extension("").starts_with(module));
            module.map_or_else(|| file.clone(), |module| Path::new(module).with_extension("rs"))
        };
        let mut imports = BTreeMap::<PathBuf, BTreeSet<PathBuf>>::new();
        for (file, imported) in self.imports {
            let file = merged(file);
            let imported = imported.into_iter().map(merged).filter(|it| *it != file).collect::<Vec<_>>();
            imports.entry(file).or_default().extend(imported);
        }
        Self { imports }
    }

    /// Every import: a file and the file that it imports.
    pub fn imports(&self) -> impl Iterator<Item = (&Path, &Path)> {
        self.imports.iter().flat_map(|(file, imported)| {
            imported.iter().map(move |imported| (file.as_path(), imported.as_path()))
        })
    }

    /// The files that import each other in a cycle, one line for each cycle.
    pub fn cycles(&self) -> Vec<String> {
        let mut left: BTreeSet<&Path> = self.imports.keys().map(PathBuf::as_path).collect();
        let mut cycles = Vec::new();
        while let Some(file) = left.pop_first() {
            let reachable = self.reachable_from(file);
            let members: Vec<&Path> =
                left.iter().copied().filter(|it| reachable.contains(it) && self.reaches(it, file)).collect();
            if members.is_empty() {
                continue;
            }
            left.retain(|it| !members.contains(it));
            let names = std::iter::once(file).chain(members).map(|file| file.display().to_string());
            cycles.push(names.collect::<Vec<_>>().join(", "));
        }
        cycles
    }

    fn reaches(&self, from: &Path, to: &Path) -> bool {
        self.reachable_from(from).contains(to)
    }

    fn reachable_from<'a>(&'a self, file: &'a Path) -> BTreeSet<&'a Path> {
        let mut reachable = BTreeSet::new();
        let mut queue = vec![file];
        while let Some(file) = queue.pop() {
            let imported = self.imports.get(file).into_iter().flatten().map(PathBuf::as_path);
            queue.extend(imported.filter(|it| reachable.insert(*it)));
        }
        reachable
    }
}

fn parse(file: &Path, source: &str) -> Vec<Item> {
    let file_items = syn::parse_file(source).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    assert!(!file_items.attrs.iter().any(is_path), "{}: #[path] is not supported", file.display());
    file_items.items
}

fn is_path(attribute: &Attribute) -> bool {
    attribute.path().is_ident("path")
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let is_cfg_test = || attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"));
        attribute.path().is_ident("test") || (attribute.path().is_ident("cfg") && is_cfg_test())
    })
}

/// A module's path from the crate's root.
type ModulePath = Vec<String>;

#[derive(Default)]
struct Library {
    modules: BTreeMap<ModulePath, Module>,
}

/// A module without the modules in it.
struct Module {
    file: PathBuf,
    items: Vec<Item>,
    /// The names of its items.
    defined: BTreeSet<String>,
    uses: Vec<Import>,
}

/// One imported name.
struct Import {
    /// The name in the module; `None` for `*`.
    alias: Option<String>,
    path: Vec<String>,
}

/// The target of a path.
enum Target {
    Module(ModulePath),
    /// An item, by the module that defines it.
    ItemOf(ModulePath),
}

/// Re-exports that lead to each other are followed this often.
const LONGEST_CHAIN: u32 = 16;

impl Library {
    /// Adds a module and the modules in it.
    fn add(
        &mut self,
        path: ModulePath,
        file: PathBuf,
        items: Vec<Item>,
        source: &impl Fn(&Path) -> Option<String>,
    ) {
        let (modules, items): (Vec<_>, Vec<_>) =
            items.into_iter().partition(|item| matches!(item, Item::Mod(_)));
        for module in modules {
            let Item::Mod(ItemMod { attrs, ident, content, .. }) = module else { continue };
            if is_test(&attrs) {
                continue;
            }
            assert!(!attrs.iter().any(is_path), "{}: #[path] is not supported", file.display());
            let child = join(&path, &ident.to_string());
            match content {
                Some((_, items)) => self.add(child, file.clone(), items, source),
                None => self.add_file(child, source),
            }
        }
        let defined = items.iter().filter_map(name_of).collect();
        let mut uses = UseCollector::default();
        for item in &items {
            uses.visit_item(item);
        }
        self.modules.insert(path, Module { file, items, defined, uses: uses.0 });
    }

    fn add_file(&mut self, path: ModulePath, source: &impl Fn(&Path) -> Option<String>) {
        let name: PathBuf = path.iter().collect();
        let candidates = [name.with_extension("rs"), name.join("mod.rs")];
        let read = candidates.into_iter().find_map(|file| source(&file).map(|text| (file, text)));
        let (file, text) = read.unwrap_or_else(|| panic!("{} has no file", name.display()));
        let items = parse(&file, &text);
        self.add(path, file, items, source);
    }

    fn imports_of(&self, path: &ModulePath, module: &Module) -> BTreeSet<PathBuf> {
        let mut visitor = PathVisitor { library: self, module: path, imported: BTreeSet::new() };
        for import in &module.uses {
            visitor.follow(&import.path);
        }
        for item in &module.items {
            visitor.visit_item(item);
        }
        visitor.imported.remove(&module.file);
        visitor.imported
    }

    /// The target of a path in a module. `None` if it is local or in another crate.
    fn find(&self, module: &ModulePath, path: &[String], chain: u32) -> Option<Target> {
        let (first, rest) = path.split_first()?;
        let mut target = match first.as_str() {
            "crate" => Target::Module(Vec::new()),
            "self" => Target::Module(module.clone()),
            "super" => Target::Module(module.split_last()?.1.to_vec()),
            name => self.find_imported(module, name, chain)?,
        };
        for name in rest {
            let Target::Module(current) = target else { return Some(target) };
            target = match name.as_str() {
                "self" => Target::Module(current),
                "super" => Target::Module(current.split_last()?.1.to_vec()),
                name => self.find_in(&current, name, chain)?,
            };
        }
        Some(target)
    }

    /// The target of a name in a module: one of its items, or its import of this name. Other names count as items,
    /// because a macro can define them.
    fn find_in(&self, module: &ModulePath, name: &str, chain: u32) -> Option<Target> {
        let Module { defined, uses, .. } = self.modules.get(module)?;
        if defined.contains(name) {
            return Some(Target::ItemOf(module.clone()));
        }
        let is_imported = uses.iter().any(|import| import.alias.as_deref() == Some(name));
        let found = self.find_imported(module, name, chain);
        if is_imported { found } else { found.or_else(|| Some(Target::ItemOf(module.clone()))) }
    }

    fn find_imported(&self, module: &ModulePath, name: &str, chain: u32) -> Option<Target> {
        let child = join(module, name);
        if self.modules.contains_key(&child) {
            return Some(Target::Module(child));
        }
        let chain = chain.checked_sub(1)?;
        let uses = &self.modules.get(module)?.uses;
        if let Some(import) = uses.iter().find(|import| import.alias.as_deref() == Some(name)) {
            return self.find(module, &import.path, chain);
        }
        uses.iter().filter(|import| import.alias.is_none()).find_map(|import| {
            match self.find(module, &import.path, chain)? {
                Target::Module(globbed) => self.find_in(&globbed, name, chain),
                Target::ItemOf(_) => None,
            }
        })
    }
}

fn join(module: &ModulePath, name: &str) -> ModulePath {
    module.iter().cloned().chain([name.to_owned()]).collect()
}

fn name_of(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

fn is_test_item(item: &Item) -> bool {
    match item {
        Item::Fn(item) => is_test(&item.attrs),
        Item::Impl(item) => is_test(&item.attrs),
        Item::Use(item) => is_test(&item.attrs),
        _ => false,
    }
}

/// Collects the imports of a module, including those inside of functions.
#[derive(Default)]
struct UseCollector(Vec<Import>);

impl UseCollector {
    fn add(&mut self, prefix: &[String], tree: &UseTree) {
        let with = |name: &syn::Ident| prefix.iter().cloned().chain([name.to_string()]).collect::<Vec<_>>();
        let (alias, path) = match tree {
            UseTree::Path(path) => return self.add(&with(&path.ident), &path.tree),
            UseTree::Group(group) => return group.items.iter().for_each(|tree| self.add(prefix, tree)),
            UseTree::Glob(_) => (None, prefix.to_vec()),
            UseTree::Name(name) if name.ident == "self" => (prefix.last().cloned(), prefix.to_vec()),
            UseTree::Name(name) => (Some(name.ident.to_string()), with(&name.ident)),
            UseTree::Rename(rename) => (Some(rename.rename.to_string()), with(&rename.ident)),
        };
        self.0.push(Import { alias, path });
    }
}

impl<'ast> Visit<'ast> for UseCollector {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_test_item(item) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if item.leading_colon.is_none() {
            self.add(&[], &item.tree);
        }
    }
}

/// Follows the paths in a module to the files that they lead to.
struct PathVisitor<'a> {
    library: &'a Library,
    module: &'a ModulePath,
    imported: BTreeSet<PathBuf>,
}

impl PathVisitor<'_> {
    fn follow(&mut self, path: &[String]) {
        let target = self.library.find(self.module, path, LONGEST_CHAIN);
        let Some(Target::Module(module) | Target::ItemOf(module)) = target else { return };
        self.imported.extend(self.library.modules.get(&module).map(|module| module.file.clone()));
    }

    /// Follows a path in code. A single name is local, or it was followed where it is imported.
    fn follow_in_code(&mut self, path: &[String]) {
        if path.len() > 1 {
            self.follow(path);
        }
    }

    /// Follows the paths in the tokens of a macro.
    fn follow_tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(name) => {
                    if colons != 2 {
                        self.follow_in_code(&std::mem::take(&mut path));
                    }
                    path.push(name.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' && !path.is_empty() => colons += 1,
                other => {
                    self.follow_in_code(&std::mem::take(&mut path));
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.follow_tokens(group.stream());
                    }
                }
            }
        }
        self.follow_in_code(&path);
    }
}

impl<'ast> Visit<'ast> for PathVisitor<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_test_item(item) {
            visit::visit_item(self, item);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.follow_in_code(&segments);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, macro_call: &'ast Macro) {
        self.visit_path(&macro_call.path);
        self.follow_tokens(macro_call.tokens.clone());
    }

    fn visit_vis_restricted(&mut self, _: &'ast VisRestricted) {}
}
