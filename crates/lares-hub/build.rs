//! Tells cargo that what is embedded may change: the pages of the dashboard and the starter rules.

fn main() {
    println!("cargo:rerun-if-changed=../../ui/dist");
    println!("cargo:rerun-if-changed=../../automations");
}
