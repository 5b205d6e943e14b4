//! The TypeScript types of the API are generated from the Rust ones and must be up to date.
//! `LARES_BLESS=1 cargo test -p lares-hub --test typescript` writes them anew.

use std::fmt::Write as _;
use std::path::Path;

use lares_hub::api::{problem, request, update, view};
use ts_rs::{Config, TS};

fn generated() -> String {
    let config = Config::default();
    let mut text = String::from("// Generated from crates/lares-hub/src/api; do not edit.\n");
    macro_rules! declare {
        ($($module:ident::$name:ident),* $(,)?) => {
            $(write!(text, "\nexport {}\n", <$module::$name as TS>::decl(&config)).unwrap();)*
        };
    }
    declare!(
        view::HomeView,
        view::AddressesView,
        view::SignInView,
        view::MqttUserView,
        view::LocationView,
        view::RoomView,
        view::DeviceView,
        view::ActionView,
        view::PropertyView,
        view::PresetView,
        view::ShapeView,
        view::FieldView,
        view::StateView,
        view::HeldView,
        view::PendingView,
        view::FailedView,
        view::RuleView,
        view::HeldBackView,
        view::DiagnosticView,
        view::AdapterView,
        view::PairingView,
        view::NoticeView,
        view::JournalView,
        view::ChangeView,
        view::PointView,
        update::Snapshot,
        update::Update,
        update::ChangeUpdate,
        request::Request,
        request::Done,
        request::SetResult,
        request::RulesResult,
        problem::Problem,
        problem::Code,
    );
    text
}

#[test]
fn the_typescript_types_are_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/lib/api/generated.ts");
    let text = generated();
    if std::env::var_os("LARES_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &text).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == text, "{} is out of date: run with LARES_BLESS=1", path.display());
}
