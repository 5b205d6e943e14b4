//! Small text functions: names in `snake_case`, and bounded excerpts for messages. No knowledge of devices.

use lares_model::slugify;

/// At most `length_max` characters of a text on one line, with an ellipsis where something was cut.
pub(crate) fn shorten(text: &str, length_max: usize) -> String {
    let mut chars = text.chars();
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    let mut short: String = chars.by_ref().take(length_max).map(plain).collect();
    if chars.next().is_some() {
        short.pop();
        short.push('…');
    }
    short
}

/// A JSON value as a bounded excerpt for messages.
pub(crate) fn shorten_json(json: &serde_json::Value) -> String {
    match json {
        // Rendering a huge text or array only to cut it would cost more than the message is worth.
        serde_json::Value::String(text) => format!("\"{}\"", shorten(text, 60)),
        serde_json::Value::Array(items) if items.len() > 20 => format!("a list of {}", items.len()),
        serde_json::Value::Object(parts) if parts.len() > 20 => format!("an object of {}", parts.len()),
        other => shorten(&other.to_string(), 60),
    }
}

/// A source's name in `snake_case` ASCII: `dayTime` becomes `day_time`, `Über temp` `ueber_temp`.
pub(crate) fn snake(name: &str) -> String {
    let mut spaced = String::new();
    let mut before = ' ';
    for c in name.chars().take(200) {
        if c.is_uppercase() && (before.is_lowercase() || before.is_ascii_digit()) {
            spaced.push('_');
        }
        spaced.push(c);
        before = c;
    }
    slugify(&spaced)
}

/// An endpoint's name as the suffix of a property's name: `l1`, `left`, `1`.
pub(crate) fn endpoint_suffix(endpoint: &str) -> String {
    let slug = snake(endpoint);
    // Behind an underscore a digit may lead.
    slug.strip_prefix("d_")
        .filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        .unwrap_or(&slug)
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_snake_case() {
        for (name, snaked) in [
            ("dayTime", "day_time"),
            ("power_on_behavior", "power_on_behavior"),
            ("Über temp", "ueber_temp"),
            ("x2Mode", "x2_mode"),
            ("__proto__", "proto"),
        ] {
            assert_eq!(snake(name), snaked);
        }
        assert_eq!(endpoint_suffix("1"), "1");
        assert_eq!(endpoint_suffix("l1_l2"), "l1_l2");
        assert_eq!(endpoint_suffix("bottomLeft"), "bottom_left");
    }

    #[test]
    fn an_excerpt_is_bounded_and_on_one_line() {
        assert_eq!(shorten("abc", 3), "abc");
        assert_eq!(shorten("abcd", 3), "ab…");
        assert_eq!(shorten("a\nb", 9), "a b");
        assert!(shorten_json(&serde_json::json!("x".repeat(1_000_000))).len() < 80);
        assert_eq!(shorten_json(&serde_json::json!(vec![0; 1000])), "a list of 1000");
    }
}
