//! The gallery page, `docs/gallery.md`, and its pictures.

use std::path::{Path, PathBuf};

/// Every screen: its name, and its title and sentence on the gallery page.
pub const SCREENS: [(&str, &str, &str); 20] = [
    (
        "welcome",
        "First start",
        "The first lesson: what each layer of the well is. Signing in happens in your browser.",
    ),
    (
        "home",
        "Home",
        "The well is full with what is here and what was used since the last reset; its layers drain from the top in spend order.",
    ),
    (
        "breakdown",
        "Breakdown",
        "Pointing at, focusing or tapping a balance opens its buckets and Add Tokens.",
    ),
    (
        "add-tokens",
        "Add Tokens",
        "The well shows what the chosen pack adds, beside the packs with their price per 1,000 and what they save.",
    ),
    (
        "waiting",
        "Waiting for payment",
        "The tokens on their way lie hatched at the bottom of the well, where they will be spent last. Hiding this, or closing the panel or the browser, loses nothing.",
    ),
    ("paid", "Paid", "The tokens have arrived in the well, and the receipt is one click away."),
    ("cancelled", "Cancelled", "The hatched layer is gone, and the strip says that nothing was charged."),
    (
        "refund-due",
        "Refund due",
        "Charged, but not what the order costs: what happens next, and whom to contact.",
    ),
    ("activity", "Activity", "Every entry of the ledger, with filters and export to a file."),
    ("purchases", "Purchases", "Every purchase with its state, what is left of it, and its receipt."),
    ("settings", "Settings", "Alerts, start at login, appearance, language, diagnostics, and the account."),
    (
        "billing",
        "Subscription and Billing",
        "The plan, its price, when it renews, and what happens to each bucket when it is cancelled.",
    ),
    ("delete-account", "Deleting the account", "What is lost for good, and the word that confirms it."),
    ("low", "Low", "The well is nearly empty, and the threshold of the alert stands below the number."),
    ("empty", "Empty", "Nothing is left to spend: the well is a wall around what was used."),
    (
        "accounts",
        "Accounts",
        "Several accounts can be signed in. You switch between them here or in the tray's menu.",
    ),
    ("upgrade", "Upgrade", "On the free plan, Add Tokens leads to the plans."),
    (
        "locked",
        "Lapsed",
        "Without a plan, top-up tokens stay visible but locked, with the way to unlock them.",
    ),
    (
        "stale",
        "Not confirmed yet",
        "Until the service has answered, the last balance is dimmed and has its age.",
    ),
    ("offline", "Offline", "The last balance stays visible, dimmed, with its age."),
];

/// The screens that the gallery page shows in dark too.
const IN_DARK: [&str; 4] = ["home", "add-tokens", "waiting", "locked"];

/// The largest size of a picture in the repository.
const BYTES_MAX: u64 = 70_000;

/// The sheet of tray icons.
pub const TRAY_ICONS: &str = "images/tray-icons.png";

/// What the sheet of tray icons shows.
const ABOUT_TRAY_ICONS: &str = "The same well, enlarged eight times. From left to right: on a light, a mid-grey and a dark bar, \
each with 16, 18, 22, 24\nand 32 pixels. From top to bottom: all three buckets, low, locked, stale, waiting for a payment, \
signed out.";

pub fn updates_docs() -> bool {
    std::env::var_os("UPDATE").is_some()
}

pub fn takes_pictures() -> bool {
    updates_docs() || std::env::var_os("TOKENWELL_GALLERY").is_some()
}

pub fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")
}

/// The pictures of a screen on the gallery page.
pub fn pictures(screen: &str) -> Vec<String> {
    let themes = ["light", "dark"].into_iter().filter(|theme| *theme == "light" || IN_DARK.contains(&screen));
    themes.map(|theme| format!("images/{screen}-{theme}.png")).collect()
}

fn page() -> String {
    let head = "# Gallery\n\nEvery screen of the panel. The stories that check the screens (`tests/stories/gallery.rs`) take \
                these pictures of\nthe real app with the demo accounts.\n\n`TOKENWELL_GALLERY=1 cargo test -p tokenwell --test \
                stories gallery` writes every screen to `target/screenshots`: light, dark,\nin German, from right to left and \
                with text at 200 %, each at the usual and at double density. Together they are too large for\nthe repository.\n";
    let screens = SCREENS.iter().map(|(screen, title, sentence)| {
        let pictures = pictures(screen);
        let shown =
            pictures.iter().map(|file| format!("<img src=\"{file}\" width=\"360\" alt=\"{title}\">\n"));
        format!("\n## {title}\n{sentence}\n\n{}", shown.collect::<Vec<_>>().concat())
    });
    let tray = format!(
        "\n## Tray icons\n{ABOUT_TRAY_ICONS}\n\n<img src=\"{TRAY_ICONS}\" width=\"720\" alt=\"Tray icons\">\n"
    );
    std::iter::once(head.to_owned()).chain(screens).chain([tray]).collect::<Vec<_>>().concat()
}

#[test]
fn the_gallery_page_shows_every_screen_and_its_pictures_exist() {
    let file = docs().join("gallery.md");
    if updates_docs() {
        std::fs::write(&file, page()).unwrap();
    }
    assert!(
        std::fs::read_to_string(&file).unwrap() == page(),
        "docs/gallery.md is out of date: `UPDATE=1 cargo test -p tokenwell --test stories gallery` renews it"
    );
    let screens = SCREENS.iter().flat_map(|(screen, ..)| pictures(screen));
    for picture in screens.chain([TRAY_ICONS.to_owned()]) {
        let bytes = docs().join(&picture).metadata().map(|file| file.len()).unwrap_or_default();
        assert!((1..=BYTES_MAX).contains(&bytes), "{picture} has {bytes} bytes");
    }
}
