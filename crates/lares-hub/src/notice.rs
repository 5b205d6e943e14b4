//! Texts of notices. Templates come with the frozen context of their moment, so that they say what was true then.

use std::sync::OnceLock;

use lares_model::Notice;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};

/// Instructions that one text may cost; a text that costs more is shown as it was written.
const FUEL: u64 = 50_000;
/// Longest text that people are shown, in characters.
const LENGTH_MAX: usize = 1000;

/// Renders the text. One that cannot be rendered is shown as it was written, with the reason, never dropped.
pub fn render(notice: &Notice) -> String {
    let text = match environment().render_str(&notice.text, Serde(&notice.context)) {
        Ok(text) => text,
        Err(error) => format!("{} ({error})", notice.text),
    };
    text.chars().take(LENGTH_MAX).collect()
}

fn environment() -> &'static Environment<'static> {
    static ENVIRONMENT: OnceLock<Environment<'static>> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        environment
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use lares_model::{Cause, NoticeLevel};
    use serde_json::json;

    fn say(text: &str) -> String {
        render(&Notice {
            to: "everyone".into(),
            level: NoticeLevel::Critical,
            text: text.into(),
            context: json!({"trigger": {"device": {"name": "Kitchen leak", "room": "Kitchen"}}}),
            rule: None,
            cause: Cause::default(),
        })
    }

    #[test]
    fn names_are_filled_in() {
        let text = "Water at {{ trigger.device.name }} in {{trigger.device.room}}";
        assert_eq!(say(text), "Water at Kitchen leak in Kitchen");
    }

    #[test]
    fn a_text_that_cannot_be_rendered_is_shown_with_the_reason() {
        assert!(say("Water at {{ nonsense }}").starts_with("Water at {{ nonsense }} (undefined value"));
        assert!(
            say("{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}")
                .contains("fuel")
        );
    }
}
