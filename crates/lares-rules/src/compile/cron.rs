//! Cron patterns: five or six fields, checked once when a file is loaded.

use chrono::NaiveDate;
use croner::parser::{CronParser, Seconds, Year};

/// Checks a pattern: that it can be read, and that it names a time that ever comes.
pub(crate) fn check(pattern: &str) -> Result<(), String> {
    let fields = pattern.split_whitespace().count();
    if pattern.len() > 200 || !(5..=6).contains(&fields) || pattern.contains('@') {
        return Err(format!("a cron pattern has five or six fields, not {fields}"));
    }
    let parser = CronParser::builder().seconds(Seconds::Optional).year(Year::Disallowed).build();
    let cron = parser.parse(pattern).map_err(|error| tidy(&error.to_string()))?;
    // A leap day comes within eight years of any start.
    let start =
        NaiveDate::from_ymd_opt(2024, 1, 1).and_then(|day| day.and_hms_opt(0, 0, 0)).unwrap_or_default();
    match cron.find_next_occurrence(&start, true) {
        Ok(_) => Ok(()),
        Err(_) => Err("the pattern names a date that never comes".into()),
    }
}

/// The reason as a piece of a sentence, without the library's own prefix.
fn tidy(text: &str) -> String {
    let text = text.trim_end_matches('.');
    let text = text.split_once(": ").map_or(text, |(_, reason)| reason);
    text.chars().take(160).collect()
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn patterns_are_read_and_impossible_dates_refused() {
        for good in
            ["0 45 6 * * MON-FRI", "*/15 * * * *", "0 0 29 2 *", "0 12 * * 7", "0 12 * * 0", "0 0 1 1 *"]
        {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in
            ["", "* * *", "0 0 30 2 *", "61 * * * *", "0 0 31 4 *", "@daily", "* * * * * * *", "a b c d e"]
        {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
