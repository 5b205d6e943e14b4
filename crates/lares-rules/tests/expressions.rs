//! A table of expressions: what they come to, or what is wrong with them. Most of the language's typing stands here.

mod common;

use lares_rules::parse_expression;
use lares_rules::program::Expr;

/// Loads an expression and gives the program in a short form.
fn short(text: &str) -> String {
    match parse_expression(text, &common::home()) {
        Ok(expr) => shape(&expr),
        Err(all) => all.iter().map(|d| format!("{}@{}", d.code, d.span.column)).collect::<Vec<_>>().join(" "),
    }
}

fn shape(expr: &Expr) -> String {
    let list = |all: &[Expr]| all.iter().map(shape).collect::<Vec<_>>().join(" ");
    match expr {
        Expr::Literal(value) => value.to_string(),
        Expr::Property(key) => key.to_string(),
        Expr::Part { of, part } => format!("{}.{part}", shape(of)),
        Expr::Not(inner) => format!("(not {})", shape(inner)),
        Expr::Negate(inner) => format!("(- {})", shape(inner)),
        Expr::And(all) => format!("(and {})", list(all)),
        Expr::Or(all) => format!("(or {})", list(all)),
        Expr::Compare { op, left, right } => format!("({op:?} {} {})", shape(left), shape(right)),
        Expr::Arithmetic { op, left, right } => format!("({op:?} {} {})", shape(left), shape(right)),
        Expr::If { condition, then, otherwise } => {
            format!("(if {} {} {})", shape(condition), shape(then), shape(otherwise))
        }
        Expr::InRange { subject, low, high, kind } => {
            format!("(in {kind:?} {} {} {})", shape(subject), shape(low), shape(high))
        }
        Expr::For { operand, length, .. } => format!("(for {length} {})", shape(operand)),
        Expr::Until { enter, leave, .. } => format!("(until {} {})", shape(enter), shape(leave)),
        Expr::Select { aggregate, members, predicate } => {
            let members = members.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
            let predicate = predicate.as_ref().map_or("-".into(), |inner| shape(inner));
            format!("({aggregate:?} [{members}] {predicate})")
        }
        Expr::Rate { key, window } => format!("(rate {key} {window})"),
        Expr::Mean { key, window } => format!("(mean {key} {window})"),
        Expr::Call { function, arguments } => format!("({function:?} {})", list(arguments)),
        other => format!("{other:?}"),
    }
}

/// The lines of a table `expression => result`, checked one by one; all that differ are told at once.
fn check(table: &str) {
    let mut wrong = Vec::new();
    let mut rows = 0;
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")) {
        let (text, expected) = line.split_once("=>").expect("a row has =>");
        rows += 1;
        let got = short(text.trim());
        if got != expected.trim() {
            wrong.push(format!("{}\n  expected {}\n  got      {got}", text.trim(), expected.trim()));
        }
    }
    assert!(rows > 3 && wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn operators_bind_as_the_reference_says() {
    check(
        "
        true or false and not true => (or true (and false (not true)))
        rack.temperature > 1 + 2 * 3 => (Greater t:rack/temperature 7)
        (1 + 2) * 3 < rack.temperature => (Less 9 t:rack/temperature)
        hall_motion.motion and not hall_light.state => (and t:hall_motion/motion (not t:hall_light/state))
        if hall_motion.motion then 1 else 2 => (if t:hall_motion/motion 1 2)
        -rack.temperature < -5 °C => (Less (- t:rack/temperature) -5)
        10 - 2 - 3 < rack.temperature => (Less 5 t:rack/temperature)
        hall_motion.motion for 2m => (for 2m t:hall_motion/motion)
        not hall_motion.motion for 1h30m => (not (for 1h30m t:hall_motion/motion))
        rack.temperature > 28 °C until < 26 °C => (until (Greater t:rack/temperature 28) (Less t:rack/temperature 26))
        rack.temperature > 28 until < 26 for 5m => (until (Greater t:rack/temperature 28) (for 5m (Less t:rack/temperature 26)))
        rack.temperature > 28 for 1m until < 26 => (until (for 1m (Greater t:rack/temperature 28)) (Less t:rack/temperature 26))
        (rack.temperature > 28 until < 26) for 5m => (for 5m (until (Greater t:rack/temperature 28) (Less t:rack/temperature 26)))
        ",
    );
}

#[test]
fn units_are_converted_to_the_property_and_mixed_ones_refused() {
    check(
        "
        rack.temperature > 82.4 °F => (Greater t:rack/temperature 28)
        82.4 °F < rack.temperature => (Less 28 t:rack/temperature)
        rack.temperature > -4 °F => (Greater t:rack/temperature -20)
        rack.temperature > 28 ℃ => (Greater t:rack/temperature 28)
        rack.temperature > 28 => (Greater t:rack/temperature 28)
        washing_machine.power > 500 W => (Greater t:washing_machine/power 0.5)
        washing_machine.power > rack_fan.power => (Greater t:washing_machine/power (Multiply t:rack_fan/power 0.001))
        rack_fan.energy > 1500 Wh => (Greater t:rack_fan/energy 1.5)
        rack.temperature > 28 % => unit-mismatch@20
        rack.temperature > rack.humidity => unit-mismatch@20
        well.raw > 5 % => unit-mismatch@12
        well.raw > 5 => (Greater t:well/raw 5)
        well.level < 2 m => (Less t:well/level 2)
        well.level < 2 => (Less t:well/level 2)
        age(rack.temperature) > 3m => (Greater Age(PropertyKey { device: DeviceId(\"t:rack\"), property: PropertyName(\"temperature\") }) 180)
        rack.temperature - hall_motion.temperature > 9 °F => (Greater (Subtract t:rack/temperature t:hall_motion/temperature) 5)
        rack.temperature > hall_motion.temperature + 2 °C => (Greater t:rack/temperature (Add t:hall_motion/temperature 2))
        rack.temperature + hall_motion.temperature > 40 °C => unit-mismatch@20
        rate(rack.temperature, 10m) > 36 °C/h => (Greater (rate t:rack/temperature 10m) 0.01)
        rate(rack.temperature, 10m) > 2 °C => unit-mismatch@31
        mean(rack.temperature, 1h) > 300 K => unit-mismatch@30
        rack.humidity / 2 > 20 % => (Greater (Divide t:rack/humidity 2) 20)
        rack.temperature > 28 °Q => unknown-unit@23
        ",
    );
}

#[test]
fn words_take_their_meaning_from_what_they_stand_beside() {
    check(
        "
        living_trv.hvac_mode == off => (Equal t:living_trv/hvac_mode off)
        heat == living_trv.hvac_mode => (Equal heat t:living_trv/hvac_mode)
        living_trv.hvac_mode != \"auto\" => (NotEqual t:living_trv/hvac_mode auto)
        living_trv.hvac_mode == cool => unknown-value@25
        hall_light.state == on => (Equal t:hall_light/state on)
        hall_motion.motion == on => (Equal t:hall_motion/motion true)
        living_trv.hvac_mode < heat => type-mismatch@1
        weekday == mon => (Equal Weekday 1)
        weekday in mon .. fri => (in Number Weekday 1 5)
        weekday in sat .. mon => (or (in Number Weekday 6 7) (in Number Weekday 1 1))
        date >= 2026-12-24 => (GreaterOrEqual Date 20811)
        living_trv.hvac_mode == if hall_motion.motion then heat else off => expression@25
        living_trv.hvac_mode == (if hall_motion.motion then heat else off) => (Equal t:living_trv/hvac_mode (if t:hall_motion/motion heat off))
        bed_light.color.hue > 20 => (Greater t:bed_light/color.hue 20)
        bed_light.color.blue > 20 => unknown-property@17
        well.options.mode == a => (Equal t:well/options.mode a)
        trigger.value == single => (Equal Trigger(Value) single)
        trigger.device.name == \"Hall\" => (Equal Trigger(DeviceName) Hall)
        ",
    );
}

#[test]
fn clocks_wrap_only_when_both_ends_are_written_out() {
    check(
        "
        clock in 22:00 .. 06:30 => (in Clock { wraps: true } Clock 79200 23400)
        clock in max(sunrise + 30m, 07:00) .. sunset - 10m => (in Clock { wraps: false } Clock (Max (Add Sunrise 1800) 25200) (Subtract Sunset 600))
        clock > 06:45:30 => (Greater Clock 24330)
        sunset - sunrise > 8h => (Greater (Subtract Sunset Sunrise) 28800)
        clock > 25:00 => clock@9
        clock in 6 .. 8 => type-mismatch@10 type-mismatch@15
        rack.humidity in 40 .. 60 % => (in Number t:rack/humidity 40 60)
        sun.elevation < -4 => (Less SunElevation -4)
        sunrise + rack.humidity => unit-mismatch@11
        ",
    );
}

#[test]
fn selectors_find_their_members() {
    check(
        "
        any(open in living_room) for 2m => (for 2m (Any [t:balcony_door/open,t:living_window/open] -))
        any(water_leak) => (Any [t:kitchen_leak/water_leak] -)
        all(open == false in living_room) => (All [t:balcony_door/open,t:living_window/open] (Equal Member false))
        count(lights) > 1 => (Greater (Count [t:bed_light/state,t:hall_light/state,t:kitchen_light/state] -) 1)
        any(lights in upstairs) => (Any [t:bed_light/state] -)
        any(covers) => (Any [t:bedroom_blind/position] (Greater Member 0))
        any(state in office) => (Any [t:rack_fan/state,t:wall/state_left,t:wall/state_right] -)
        avg(temperature in [bedroom, rack]) > 20 °C => (Greater (Avg [t:bedroom_climate/temperature,t:rack/temperature] -) 20)
        any(temperature > 86 °F in office) => (Any [t:rack/temperature] (Greater Member 30))
        any(battery < 15 %) => (Any [t:balcony_door/battery,t:kitchen_leak/battery,t:living_window/battery] (Less Member 15))
        max(humidity in bedroom) > 60 % => (Greater (Max [t:bedroom_climate/humidity] -) 60)
        max(rack.temperature, 10 °C) > 20 °C => (Greater (Max t:rack/temperature 10) 20)
        any(temperature) => type-mismatch@5
        avg(open) => type-mismatch@5
        avg(temperature > 3) => type-mismatch@19
        any(open in livingroom) => unknown-room@13
        any(opne) => unknown-property@5
        any(power) => mixed-units@5
        any(hall_motion.motion) => expression@16
        any(action) => event-is-no-state@5
        ",
    );
}

#[test]
fn what_means_nothing_is_refused_at_its_place() {
    check(
        "
        hall_ligth.state => unknown-device@1
        hall_light.stat => unknown-property@12
        hall_light => unknown-name@1
        motion => unknown-name@1
        wall.state => unknown-property@6
        bed_remote.action == single => event-is-no-state@1
        bedroom_blind.movement == open => not-readable@1
        averge(temperature) => unknown-function@1
        abs(1, 2) => expression@1
        age(3) => type-mismatch@5
        hall_motion.motion for 3 => duration@24
        hall_motion.motion for => duration@23
        1 < 2 < 3 => expression@7
        hall_motion.motion && true => expression@20
        hall_light.state = on => expression@18
        (hall_light.state => expression@18
        \"open => expression@1
        rack.temperature and true => type-mismatch@1
        hall_light.state > on => type-mismatch@1
        trigger.foo => unknown-name@1
        => expression@1
        ",
    );
}

#[test]
fn a_tower_of_brackets_is_refused_at_once() {
    for tower in ["(".repeat(9_999), "not ".repeat(2_400), "-".repeat(9_999), "abs(".repeat(2_400)] {
        let wrong = parse_expression(&tower, &common::home()).expect_err("a tower is refused");
        assert_eq!(wrong[0].code, "too-deep");
    }
    let long = parse_expression(&"x".repeat(1_000_000), &common::home()).expect_err("too long");
    assert_eq!(long[0].code, "too-large");
    let sum = parse_expression(&"1+".repeat(4_000), &common::home()).expect_err("too many terms");
    assert_eq!(sum[0].code, "too-deep");
    let chain = format!("true{}", " for 1s".repeat(500));
    assert_eq!(parse_expression(&chain, &common::home()).expect_err("too long a chain")[0].code, "too-deep");
}
