//! Numbers on the wire and in Lares: scaled brightness, mireds and kelvins, other units. Pure arithmetic.

use lares_model::{Unit, Value, ValueType};
use serde_json::{Number, Value as Json};

/// The brightness that a Zigbee lamp reports when it is fully on.
const BRIGHTNESS_MAX: f64 = 254.0;

/// How a number on the wire becomes one in Lares.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    /// `lares = wire * factor + offset`.
    Linear { factor: f64, offset: f64 },
    /// `lares = 1,000,000 / wire`: mireds and kelvins.
    Reciprocal,
}

/// The scale of one numeric property.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NumberScale {
    form: Form,
    /// Range and step on the wire, as exposed.
    min: Option<f64>,
    max: Option<f64>,
    step: Option<f64>,
    /// Only whole numbers go out.
    whole: bool,
    /// What is above zero in Lares may not become zero on the wire: 0.1 % is not off.
    keeps_on: bool,
    /// Decimals in Lares.
    decimals: i32,
}

impl NumberScale {
    /// As it is.
    pub(crate) fn plain(min: Option<f64>, max: Option<f64>, step: Option<f64>) -> Self {
        let form = Form::Linear { factor: 1.0, offset: 0.0 };
        Self { form, min, max, step, whole: false, keeps_on: false, decimals: 9 }
    }

    /// From the wire's unit into another of the same dimension; `None` if the dimensions differ.
    pub(crate) fn converted(self, from: &Unit, to: &Unit) -> Option<Self> {
        if from == to {
            return Some(self);
        }
        let offset = from.convert(0.0, to)?;
        let factor = from.convert(1.0, to)? - offset;
        Some(Self { form: Form::Linear { factor, offset }, decimals: 6, ..self })
    }

    /// 0 to `max` (254 if it is not exposed) as percent.
    pub(crate) fn percent(max: Option<f64>) -> Self {
        let max = max.filter(|max| *max > 0.0).unwrap_or(BRIGHTNESS_MAX);
        Self {
            form: Form::Linear { factor: 100.0 / max, offset: 0.0 },
            min: Some(0.0),
            max: Some(max),
            step: None,
            whole: true,
            keeps_on: true,
            decimals: 1,
        }
    }

    /// Mireds as kelvins.
    pub(crate) fn mireds(min: Option<f64>, max: Option<f64>) -> Self {
        let some = |n: Option<f64>| n.filter(|n| *n >= 1.0);
        let (min, max) = (some(min), some(max));
        Self { form: Form::Reciprocal, min, max, step: None, whole: true, keeps_on: false, decimals: 0 }
    }

    /// The type in Lares.
    pub(crate) fn value_type(&self) -> ValueType {
        let ends = [self.min, self.max].map(|end| end.and_then(|end| self.to_lares(end)));
        let (min, max) = match (self.form, ends) {
            (Form::Reciprocal, [min, max]) => (max, min),
            (Form::Linear { factor, .. }, [min, max]) if factor < 0.0 => (max, min),
            (_, [min, max]) => (min, max),
        };
        let step = match self.form {
            Form::Linear { factor, .. } if !self.whole => self.step.map(|step| round(step * factor.abs(), 9)),
            _ => None,
        };
        ValueType::Number { min, max, step }
    }

    /// True if a number on the wire lies within what is exposed.
    pub(crate) fn covers(&self, wire: f64) -> bool {
        self.min.is_none_or(|min| wire >= min) && self.max.is_none_or(|max| wire <= max)
    }

    /// From the wire. `None` if nothing finite comes of it.
    pub(crate) fn decode(&self, json: &Json) -> Option<Value> {
        json.as_f64().and_then(|wire| self.to_lares(wire)).map(Value::Number)
    }

    /// Onto the wire; what rounding pushed over an exposed end is put back to it.
    pub(crate) fn encode(&self, lares: f64) -> Option<Json> {
        let exact = match self.form {
            Form::Linear { factor, offset } => (lares - offset) / factor,
            Form::Reciprocal => 1e6 / lares,
        };
        let mut wire = if self.whole { exact.round() } else { round(exact, 6) };
        if self.keeps_on && lares > 0.0 {
            wire = wire.max(1.0);
        }
        let beyond = if self.whole { 1.0 } else { 1e-6 };
        if let Some(min) = self.min.filter(|min| wire < *min && wire >= min - beyond) {
            wire = min;
        }
        if let Some(max) = self.max.filter(|max| wire > *max && wire <= max + beyond) {
            wire = max;
        }
        number(wire)
    }

    fn to_lares(&self, wire: f64) -> Option<f64> {
        let lares = match self.form {
            Form::Linear { factor, offset } => wire * factor + offset,
            Form::Reciprocal if wire >= 1.0 => 1e6 / wire,
            Form::Reciprocal => return None,
        };
        // A lamp with 254 steps may well report 255; there is no more than all.
        let lares = if self.keeps_on { lares.clamp(0.0, 100.0) } else { lares };
        let lares = round(lares, self.decimals);
        lares.is_finite().then_some(lares)
    }
}

fn round(n: f64, decimals: i32) -> f64 {
    let scale = 10_f64.powi(decimals);
    let scaled = n * scale;
    // Too large to have decimals, or not finite: as it is.
    if scaled.abs() < 1e15 { scaled.round() / scale } else { n }
}

/// A JSON number, whole where it is.
pub(crate) fn number(n: f64) -> Option<Json> {
    if n.fract() == 0.0 && n.abs() < 9e15 {
        #[expect(clippy::cast_possible_truncation, reason = "whole and within ±2^53")]
        return Some(Json::from(n as i64));
    }
    Number::from_f64(n).map(Json::Number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn bright(wire: f64, scale: &NumberScale) -> f64 {
        scale.decode(&json!(wire)).unwrap().as_number().unwrap()
    }

    #[test]
    fn every_wire_value_survives_the_way_there_and_back() {
        for max in [254.0, 255.0, 100.0, 1000.0] {
            let scale = NumberScale::percent(Some(max));
            for wire in 0..=max as u32 {
                let percent = bright(f64::from(wire), &scale);
                assert_eq!(scale.encode(percent), Some(json!(wire)), "{wire} of {max} as {percent} %");
            }
        }
        let scale = NumberScale::mireds(Some(153.0), Some(500.0));
        for mired in 153..=500 {
            let kelvin = bright(f64::from(mired), &scale);
            assert_eq!(scale.encode(kelvin), Some(json!(mired)), "{mired} as {kelvin} K");
        }
    }

    #[test]
    fn every_percent_survives_within_half_a_percent() {
        let scale = NumberScale::percent(None);
        for percent in 0..=100 {
            let wire = scale.encode(f64::from(percent)).unwrap();
            let back = scale.decode(&wire).unwrap().as_number().unwrap();
            assert!((back - f64::from(percent)).abs() <= 0.5, "{percent} % came back as {back} %");
        }
        assert_eq!(scale.encode(0.1), Some(json!(1)), "hardly on is not off");
        assert_eq!(scale.encode(0.0), Some(json!(0)));
    }

    #[test]
    fn units_convert_both_ways() {
        for (from, to, wire, lares) in [
            ("mV", "V", json!(3023), 3.023),
            ("°F", "°C", json!(68), 20.0),
            ("kPa", "hPa", json!(100.4), 1004.0),
            ("mg/m³", "µg/m³", json!(0.5), 500.0),
            ("kW", "W", json!(1.5), 1500.0),
        ] {
            let scale = NumberScale::plain(None, None, None).converted(&from.into(), &to.into()).unwrap();
            assert_eq!(scale.decode(&wire), Some(Value::Number(lares)));
            assert_eq!(scale.encode(lares), Some(wire));
        }
        assert!(NumberScale::plain(None, None, None).converted(&"lx".into(), &"%".into()).is_none());
    }

    #[test]
    fn ranges_turn_with_the_scale() {
        let kelvins = NumberScale::mireds(Some(250.0), Some(454.0)).value_type();
        assert_eq!(kelvins, ValueType::Number { min: Some(2203.0), max: Some(4000.0), step: None });
        let volts = NumberScale::plain(Some(0.0), Some(5000.0), Some(100.0))
            .converted(&"mV".into(), &"V".into())
            .unwrap()
            .value_type();
        assert_eq!(volts, ValueType::Number { min: Some(0.0), max: Some(5.0), step: Some(0.1) });
        // 4000.0 K is 250 mired exactly, 2203 K is 453.9: rounding stays within the lamp's own range.
        assert_eq!(NumberScale::mireds(Some(250.0), Some(454.0)).encode(2203.0), Some(json!(454)));
    }

    #[test]
    fn nothing_infinite_comes_through() {
        assert_eq!(NumberScale::mireds(None, None).decode(&json!(0)), None);
        let scale = NumberScale::plain(None, None, None).converted(&"kW".into(), &"W".into()).unwrap();
        assert_eq!(scale.decode(&json!(1e307)), None);
        assert_eq!(NumberScale::plain(None, None, None).decode(&json!(1e300)), Some(Value::Number(1e300)));
    }
}
