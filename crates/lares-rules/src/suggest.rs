//! "Did you mean …": the nearest of the names that there are.

/// Longer names are not compared: nobody misspells them by a letter, and the cost grows with the square.
const LENGTH_MAX: usize = 64;

/// The candidate nearest to `name`, if one is near enough to be meant.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.is_empty() || name.len() > LENGTH_MAX {
        return None;
    }
    let mut best: Option<(f64, &str)> = None;
    for candidate in candidates {
        if candidate.len() > LENGTH_MAX {
            continue;
        }
        let mut score = strsim::jaro_winkler(&name.to_lowercase(), &candidate.to_lowercase());
        let distance = strsim::damerau_levenshtein(name, candidate);
        if distance <= 2 && distance * 3 <= name.chars().count() {
            score += 0.2;
        }
        if best.is_none_or(|(least, _)| score > least) {
            best = Some((score, candidate));
        }
    }
    best.filter(|(score, _)| *score >= 0.84).map(|(_, name)| name)
}

/// `did you mean "hall_light"?`, or what there is if nothing is near and it is little, or nothing.
pub(crate) fn help<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str> + Clone) -> String {
    if let Some(near) = nearest(name, candidates.clone()) {
        return format!("did you mean \"{near}\"?");
    }
    let all: Vec<&str> = candidates.into_iter().take(13).collect();
    if all.is_empty() || all.len() > 12 {
        return String::new();
    }
    format!("there is {}", all.join(", "))
}

/// At most 60 characters of a name, for messages.
pub(crate) fn shorten(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.len() == text.len() && text.chars().count() <= 60 {
        return text.to_owned();
    }
    line.chars().take(59).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_and_a_far_one_is_not_offered() {
        let names = ["hall_light", "hall_motion", "kitchen_leak"];
        for (wrong, near) in [
            ("hall_ligth", Some("hall_light")),
            ("hal_motion", Some("hall_motion")),
            ("kitchen_leek", Some("kitchen_leak")),
            ("garage_door", None),
            ("", None),
        ] {
            assert_eq!(nearest(wrong, names), near, "{wrong}");
        }
        assert_eq!(nearest(&"x".repeat(1_000_000), names), None);
    }

    #[test]
    fn a_long_name_is_shortened_for_messages() {
        assert_eq!(shorten("short"), "short");
        assert_eq!(shorten(&"x".repeat(1_000_000)).chars().count(), 60);
        assert_eq!(shorten("two\nlines"), "two…");
    }
}
