//! One writer: what the crate lets others do to a home.

/// The file that makes the whole public surface of a home.
const HOME: &str = include_str!("../../src/home.rs");

#[test]
fn a_home_is_changed_by_its_steps_alone() {
    let signatures =
        HOME.split("\n    pub fn ").skip(1).filter_map(|text| text.split_once(" {")).map(|(s, _)| s);
    let changing: Vec<&str> = signatures
        .filter(|signature| signature.contains("&mut self"))
        .filter_map(|signature| signature.split_once('(').map(|(name, _)| name))
        .collect();
    assert_eq!(
        changing,
        ["step", "take_durable"],
        "`take_durable` hands out rows; only `step` changes the home"
    );
    let fields = HOME.split_once("pub struct Home {").unwrap().1.split_once("\n}").unwrap().0;
    let open: Vec<&str> = fields.lines().map(str::trim).filter(|line| line.starts_with("pub ")).collect();
    assert!(open.is_empty(), "nobody outside reaches into a home: {open:?}");
}
