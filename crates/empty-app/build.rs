//! Compiles the app's configuration.

fn main() {
    tauri_build::build();
}
