//! Embeds what `ui/dist` holds; a change there is a reason to build again.

fn main() {
    println!("cargo:rerun-if-changed=ui/dist");
    tauri_build::build();
}
