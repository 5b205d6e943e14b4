//! Colours: Zigbee's xy and hue/saturation unified to hue and saturation.
//!
//! Commands always go out as hue and saturation, which Zigbee2MQTT turns into what the lamp knows. Reports may
//! hold xy only; they are turned back by the inverse of the matrix that zigbee-herdsman-converters uses
//! (`lib/color.ts`, wide gamut, no gamma), so that a colour that was set is reported as the same one.

use lares_model::{Color, Value};
use serde_json::{Value as Json, json};

/// Reads `{x, y}`, `{hue, saturation}`, `{h, s}` or `{r, g, b}` (0–255); `None` if it is none of these or out of range.
pub(crate) fn decode(json: &Json) -> Option<Value> {
    let part = |name: &str| json.get(name).and_then(Json::as_f64).filter(|n| n.is_finite());
    let pair = |a: &str, b: &str| part(a).zip(part(b));
    if let Some((hue, saturation)) = pair("hue", "saturation").or_else(|| pair("h", "s")) {
        return color(hue, saturation);
    }
    if let Some((x, y)) = pair("x", "y") {
        return from_xy(x, y);
    }
    let (red, green) = pair("r", "g")?;
    let blue = part("b")?;
    let fits = |n: f64| (0.0..=255.0).contains(&n);
    (fits(red) && fits(green) && fits(blue)).then(|| from_rgb(red, green, blue)).flatten()
}

/// What is sent for a colour.
pub(crate) fn encode(color: &Color) -> Json {
    json!({"hue": round(color.hue, 1.0), "saturation": round(color.saturation, 1.0)})
}

fn color(hue: f64, saturation: f64) -> Option<Value> {
    if !(0.0..=100.0).contains(&saturation) || !(-360.0..=720.0).contains(&hue) {
        return None;
    }
    let hue = round(hue.rem_euclid(360.0), 10.0) % 360.0;
    Some(Value::Color(Color { hue, saturation: round(saturation, 10.0) }))
}

fn from_xy(x: f64, y: f64) -> Option<Value> {
    if !(0.0..=1.0).contains(&x) || !(0.0..=1.0).contains(&y) {
        return None;
    }
    // A lamp that was never coloured reports 0, 0.
    if y == 0.0 {
        return color(0.0, 0.0);
    }
    let (cap_x, cap_z) = (x / y, (1.0 - x - y) / y);
    from_rgb(
        cap_x * 1.656_492 - 0.354_851 - cap_z * 0.255_038,
        -cap_x * 0.707_196 + 1.655_397 + cap_z * 0.036_152,
        cap_x * 0.051_713 - 0.121_364 + cap_z * 1.011_53,
    )
}

/// Hue and saturation of components of any common scale. Negative ones lie outside the gamut and count as none.
fn from_rgb(red: f64, green: f64, blue: f64) -> Option<Value> {
    let (red, green, blue) = (red.max(0.0), green.max(0.0), blue.max(0.0));
    let most = red.max(green).max(blue);
    let spread = most - red.min(green).min(blue);
    if most <= 0.0 || spread <= 0.0 {
        return color(0.0, 0.0);
    }
    let sixth = if most <= red {
        (green - blue) / spread
    } else if most <= green {
        (blue - red) / spread + 2.0
    } else {
        (red - green) / spread + 4.0
    };
    color(sixth * 60.0, (100.0 * spread / most).min(100.0))
}

fn round(n: f64, scale: f64) -> f64 {
    (n * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hs(value: &Value) -> (f64, f64) {
        let Value::Color(color) = value else { panic!("{value:?} is no colour") };
        (color.hue, color.saturation)
    }

    /// What zigbee-herdsman-converters does with a hue and saturation for a lamp that knows xy only.
    fn xy(hue: f64, saturation: f64) -> (f64, f64) {
        let (h, s) = (hue / 60.0, saturation / 100.0);
        let (f, p) = (h.fract(), 1.0 - s);
        let (q, t) = (1.0 - f * s, 1.0 - (1.0 - f) * s);
        let (r, g, b) = [(1.0, t, p), (q, 1.0, p), (p, 1.0, t), (p, q, 1.0), (t, p, 1.0), (1.0, p, q)]
            [h.floor() as usize % 6];
        let x = r * 0.664_511 + g * 0.154_324 + b * 0.162_028;
        let y = r * 0.283_881 + g * 0.668_433 + b * 0.047_685;
        let z = r * 0.000_088 + g * 0.072_31 + b * 0.986_039;
        let four = |n: f64| (n * 10_000.0).round() / 10_000.0;
        (four(x / (x + y + z)), four(y / (x + y + z)))
    }

    #[test]
    fn a_colour_that_was_set_is_reported_as_the_same_one() {
        for hue in (0..360).step_by(7) {
            for saturation in [10.0, 35.0, 60.0, 90.0, 100.0] {
                let (x, y) = xy(f64::from(hue), saturation);
                let value = decode(&json!({"x": x, "y": y})).unwrap();
                let wanted = Value::Color(Color { hue: f64::from(hue), saturation });
                assert!(value.fulfils(&wanted, 0.0), "{hue} {saturation} came back as {value:?}");
            }
        }
    }

    #[test]
    fn the_recorded_answer_to_hue_240_saturation_90_is_read_back() {
        let (hue, saturation) = hs(&decode(&json!({"x": 0.1767, "y": 0.1036})).unwrap());
        assert!((hue - 240.0).abs() < 1.0 && (saturation - 90.0).abs() < 1.0, "{hue} {saturation}");
    }

    #[test]
    fn every_form_is_read_and_nonsense_is_none() {
        assert_eq!(
            hs(&decode(&json!({"hue": 360, "saturation": 50, "x": 0.1, "y": 0.1})).unwrap()),
            (0.0, 50.0)
        );
        assert_eq!(hs(&decode(&json!({"h": 30, "s": 40})).unwrap()), (30.0, 40.0));
        assert_eq!(hs(&decode(&json!({"r": 255, "g": 0, "b": 0})).unwrap()), (0.0, 100.0));
        assert_eq!(hs(&decode(&json!({"x": 0, "y": 0})).unwrap()), (0.0, 0.0));
        for nonsense in
            [json!({}), json!({"x": 2, "y": 0.3}), json!({"hue": 1e300, "saturation": 5}), json!("red")]
        {
            assert_eq!(decode(&nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn a_command_goes_out_as_whole_hue_and_saturation() {
        let sent = encode(&Color { hue: 240.4, saturation: 89.6 });
        assert_eq!(sent, json!({"hue": 240.0, "saturation": 90.0}));
    }
}
