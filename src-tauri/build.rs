//! Tells Tauri the commands of the window, so that each needs a permission of its own in `capabilities/`.

fn main() {
    let commands = tauri_build::AppManifest::new().commands(&["call", "subscribe", "took"]);
    if let Err(error) = tauri_build::try_build(tauri_build::Attributes::new().app_manifest(commands)) {
        println!("cargo::error={error:#}");
    }
}
