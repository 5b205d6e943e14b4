//! Values as people type them, read by the property's type. The hub checks range and words.

use lares_hub::api::view::PropertyView;
use serde_json::{Value as Json, json};

/// The bare value that was typed.
///
/// # Errors
/// In words, when it is none of the property's type.
pub fn parse(text: &str, property: &PropertyView) -> Result<Json, String> {
    let text = text.trim();
    let json = || serde_json::from_str::<Json>(text);
    match property.shape.r#type.as_str() {
        "binary" => match text {
            "true" | "on" | "yes" => Ok(json!(true)),
            "false" | "off" | "no" => Ok(json!(false)),
            _ => Err(format!("“{text}” is neither true nor false")),
        },
        "switch" => match text {
            "true" | "on" => Ok(json!("on")),
            "false" | "off" => Ok(json!("off")),
            _ => Err(format!("“{text}” is neither on nor off")),
        },
        "number" => {
            let bare = property.unit.as_deref().and_then(|unit| text.strip_suffix(unit)).unwrap_or(text);
            let number = bare.trim_end().parse::<f64>().ok().filter(|number| number.is_finite());
            number.map(|number| json!(number)).ok_or_else(|| match &property.unit {
                Some(unit) => format!("“{text}” is no number of {unit}"),
                None => format!("“{text}” is no number"),
            })
        }
        "color" | "composite" | "list" => json().map_err(|error| {
            format!("“{text}” is no JSON ({error}); such as {{\"hue\": 30, \"saturation\": 80}}")
        }),
        _ if text.starts_with('"') => json().map_err(|error| format!("{text} is no JSON text: {error}")),
        _ => Ok(json!(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn property(kind: &str, unit: Option<&str>) -> PropertyView {
        serde_json::from_value(json!({
            "label": "", "description": "", "type": kind, "unit": unit, "readable": true, "writable": true,
            "category": "main", "endpoint": null, "presets": [], "value": null, "at": null, "changed_at": null,
            "freshness": "known", "why": [], "held": null, "pending": null, "failed": null,
        }))
        .unwrap()
    }

    #[test]
    fn what_people_type_becomes_a_value_of_the_type() {
        for (text, kind, unit, value) in [
            ("on", "switch", None, json!("on")),
            ("true", "switch", None, json!("on")),
            ("on", "binary", None, json!(true)),
            ("21.5", "number", Some("°C"), json!(21.5)),
            ("21.5 °C", "number", Some("°C"), json!(21.5)),
            ("70%", "number", Some("%"), json!(70.0)),
            ("-3", "number", None, json!(-3.0)),
            ("heat", "enum", None, json!("heat")),
            ("\"on\"", "text", None, json!("on")),
            ("{\"hue\": 30, \"saturation\": 80}", "color", None, json!({"hue": 30, "saturation": 80})),
        ] {
            assert_eq!(parse(text, &property(kind, unit)), Ok(value), "{text}");
        }
        for (text, kind) in
            [("maybe", "switch"), ("warm", "number"), ("inf", "number"), ("red", "color"), ("\"", "text")]
        {
            assert!(parse(text, &property(kind, None)).is_err(), "{text}");
        }
    }
}
