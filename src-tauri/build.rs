//! Embeds the files of `ui/dist`. A change of them causes a new build.

fn main() {
    println!("cargo:rerun-if-changed=ui/dist");
    tauri_build::build();
}
