//! Units: one clean spelling for each, its dimension, and conversion within a dimension.
//!
//! Devices spell units in many ways (`°C`, `ºC`, `C`; `s`, `sec`, `seconds`). [`Unit::clean`] brings them to
//! one; what it does not know is kept as it came, as a dimension of its own.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A unit in its clean spelling, such as `°C` or `kWh`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Unit(Arc<str>);

/// What kind of quantity a unit measures. Only values of one dimension can be compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// A temperature on a scale with an offset; base °C.
    Temperature,
    /// A colour temperature; base K.
    ColorTemperature,
    /// A part of a whole; base %.
    Ratio,
    /// Light on a surface; base lx.
    Illuminance,
    /// Base hPa.
    Pressure,
    /// Parts per million; base ppm.
    Concentration,
    /// Mass in a volume of air; base µg/m³.
    MassConcentration,
    /// Base dB.
    Level,
    /// Base W.
    Power,
    /// Base VA.
    ApparentPower,
    /// Base kWh.
    Energy,
    /// Base V.
    Voltage,
    /// Base A.
    Current,
    /// Base Hz.
    Frequency,
    /// Base s.
    Time,
    /// Base m.
    Length,
    /// Base m³.
    Volume,
    /// Base m³/h.
    Flow,
    /// Base m/s.
    Speed,
    /// Base kg.
    Mass,
    /// Base °.
    Angle,
    /// Base µS/cm.
    Conductivity,
    /// Received radio power; base dBm.
    RadioPower,
    /// A unit that Lares does not know, by its own name.
    Other(Arc<str>),
}

struct Row {
    name: &'static str,
    dimension: Dimension,
    /// `base = value * factor + offset`.
    factor: f64,
    offset: f64,
    aliases: &'static [&'static str],
}

const fn row(name: &'static str, dimension: Dimension, factor: f64, aliases: &'static [&'static str]) -> Row {
    Row { name, dimension, factor, offset: 0.0, aliases }
}

#[rustfmt::skip]
static TABLE: &[Row] = &[
    row("°C", Dimension::Temperature, 1.0, &["℃", "ºC", "C", "° C", "degC", "celsius"]),
    Row { name: "°F", dimension: Dimension::Temperature, factor: 5.0 / 9.0, offset: -160.0 / 9.0, aliases: &["℉", "ºF", "F", "degF", "fahrenheit"] },
    row("K", Dimension::ColorTemperature, 1.0, &["kelvin"]),
    row("%", Dimension::Ratio, 1.0, &["percent", "%RH", "% RH", "%rh", "pct"]),
    row("lx", Dimension::Illuminance, 1.0, &["lux", "Lx", "Lux", "LUX"]),
    row("hPa", Dimension::Pressure, 1.0, &["mbar", "hpa"]),
    row("Pa", Dimension::Pressure, 0.01, &[]),
    row("kPa", Dimension::Pressure, 10.0, &["kpa"]),
    row("bar", Dimension::Pressure, 1000.0, &[]),
    row("psi", Dimension::Pressure, 68.947_572_93, &[]),
    row("ppm", Dimension::Concentration, 1.0, &["PPM"]),
    row("ppb", Dimension::Concentration, 0.001, &["PPB"]),
    row("µg/m³", Dimension::MassConcentration, 1.0, &["μg/m³", "ug/m3", "µg/m3", "μg/m3", "ug/m³"]),
    row("mg/m³", Dimension::MassConcentration, 1000.0, &["mg/m3"]),
    row("dB", Dimension::Level, 1.0, &["db", "dBA", "dB(A)"]),
    row("W", Dimension::Power, 1.0, &["watt", "Watt", "w"]),
    row("kW", Dimension::Power, 1000.0, &["kw"]),
    row("mW", Dimension::Power, 0.001, &[]),
    row("VA", Dimension::ApparentPower, 1.0, &[]),
    row("kWh", Dimension::Energy, 1.0, &["kwh", "KWh", "kW⋅h"]),
    row("Wh", Dimension::Energy, 0.001, &["wh"]),
    row("V", Dimension::Voltage, 1.0, &["volt", "Volt", "v"]),
    row("mV", Dimension::Voltage, 0.001, &["mv"]),
    row("A", Dimension::Current, 1.0, &["amp", "Amp"]),
    row("mA", Dimension::Current, 0.001, &["ma"]),
    row("Hz", Dimension::Frequency, 1.0, &["hz"]),
    row("s", Dimension::Time, 1.0, &["sec", "secs", "second", "seconds", "Seconds", "Sec", "S"]),
    row("ms", Dimension::Time, 0.001, &["msec", "milliseconds"]),
    row("min", Dimension::Time, 60.0, &["mins", "minute", "minutes", "Minutes", "Min"]),
    row("h", Dimension::Time, 3600.0, &["hour", "hours", "hr", "hrs", "Hours", "H"]),
    row("d", Dimension::Time, 86_400.0, &["day", "days", "Days"]),
    row("m", Dimension::Length, 1.0, &["meter", "meters", "metre"]),
    row("cm", Dimension::Length, 0.01, &["Cm"]),
    row("mm", Dimension::Length, 0.001, &[]),
    row("km", Dimension::Length, 1000.0, &[]),
    row("m³", Dimension::Volume, 1.0, &["m3"]),
    row("L", Dimension::Volume, 0.001, &["l", "liter", "liters", "litre"]),
    row("mL", Dimension::Volume, 0.000_001, &["ml"]),
    row("m³/h", Dimension::Flow, 1.0, &["m3/h"]),
    row("L/min", Dimension::Flow, 0.06, &["l/min", "L/m"]),
    row("L/h", Dimension::Flow, 0.001, &["l/h"]),
    row("m/s", Dimension::Speed, 1.0, &[]),
    row("km/h", Dimension::Speed, 1.0 / 3.6, &["kmh"]),
    row("kg", Dimension::Mass, 1.0, &[]),
    row("g", Dimension::Mass, 0.001, &["gram", "grams"]),
    row("°", Dimension::Angle, 1.0, &["deg", "degree", "degrees"]),
    row("µS/cm", Dimension::Conductivity, 1.0, &["μS/cm", "uS/cm"]),
    row("dBm", Dimension::RadioPower, 1.0, &["dbm"]),
];

impl Unit {
    /// The clean spelling of what a device or a person wrote; unknown units are kept, trimmed.
    pub fn clean(text: &str) -> Self {
        let text = text.trim();
        Self(Arc::from(find(text).map_or(text, |row| row.name)))
    }

    /// True if the unit stands in the table, so that its dimension is known.
    pub fn is_known(&self) -> bool {
        find(&self.0).is_some()
    }

    /// The text, as people see it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What it measures.
    pub fn dimension(&self) -> Dimension {
        find(&self.0).map_or_else(|| Dimension::Other(self.0.clone()), |row| row.dimension.clone())
    }

    /// Converts an amount of this unit to `to`; `None` when the dimensions differ.
    pub fn convert(&self, amount: f64, to: &Unit) -> Option<f64> {
        if self == to {
            return Some(amount);
        }
        let (from, to) = (find(&self.0)?, find(&to.0)?);
        (from.dimension == to.dimension).then(|| (amount * from.factor + from.offset - to.offset) / to.factor)
    }

    /// Converts a *difference* (27 °F apart is 15 K apart): as [`Unit::convert`], without the offset.
    pub fn convert_difference(&self, amount: f64, to: &Unit) -> Option<f64> {
        let (from, to) = (find(&self.0)?, find(&to.0)?);
        (from.dimension == to.dimension).then(|| amount * from.factor / to.factor)
    }

    /// Every clean spelling, for "did you mean".
    pub fn known() -> impl Iterator<Item = &'static str> {
        TABLE.iter().map(|row| row.name)
    }
}

fn find(text: &str) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.name == text).or_else(|| TABLE.iter().find(|row| row.aliases.contains(&text)))
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unit({})", self.0)
    }
}

impl From<&str> for Unit {
    fn from(text: &str) -> Self {
        Self::clean(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dirty_units_come_clean() {
        for (dirty, clean) in [
            ("ºC", "°C"),
            ("℃", "°C"),
            ("C", "°C"),
            ("sec", "s"),
            ("seconds", "s"),
            ("Lx", "lx"),
            ("lux", "lx"),
            ("m3", "m³"),
            (" W ", "W"),
            ("ug/m3", "µg/m³"),
            ("furlong", "furlong"),
        ] {
            assert_eq!(Unit::clean(dirty).as_str(), clean);
        }
    }

    #[test]
    fn amounts_convert_within_a_dimension_only() {
        let f = Unit::clean("°F");
        let c = Unit::clean("°C");
        assert!((f.convert(212.0, &c).unwrap() - 100.0).abs() < 1e-9);
        assert!((c.convert(20.0, &f).unwrap() - 68.0).abs() < 1e-9);
        assert!((f.convert_difference(9.0, &c).unwrap() - 5.0).abs() < 1e-9);
        assert_eq!(Unit::clean("mV").convert(3000.0, &Unit::clean("V")), Some(3.0));
        assert_eq!(c.convert(20.0, &Unit::clean("%")), None);
    }

    #[test]
    fn no_spelling_stands_for_two_units() {
        let mut seen = std::collections::BTreeSet::new();
        for row in TABLE {
            for text in row.aliases.iter().chain([&row.name]) {
                assert!(seen.insert(*text), "{text} stands twice");
            }
        }
    }
}
