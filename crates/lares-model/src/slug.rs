//! Slugs: what files and addresses call a device, room or rule. Lower-case ASCII, digits and `_`.

/// Words with a meaning in rule files; a slug that would be one gets a `_2`.
pub const RESERVED_WORDS: &[&str] = &[
    "and", "or", "not", "if", "then", "else", "for", "until", "in", "on", "off", "true", "false", "unknown",
    "clock", "weekday", "date", "sunrise", "sunset", "sun", "any", "all", "each", "count", "avg", "min",
    "max", "sum", "age", "changed", "previous", "rate", "mean", "round", "abs", "clamp", "trigger",
    "everyone", "mon", "tue", "wed", "thu", "fri", "sat", "now", "today",
];

/// Longest slug in bytes; longer names are cut at a word where possible.
const LENGTH_MAX: usize = 48;

/// Makes a slug of a name: `Küche / Licht 2` becomes `kueche_licht_2`; a leading digit gets `d_`.
/// A name without any letter or digit (an emoji) becomes `device`.
pub fn slugify(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars().take(4 * LENGTH_MAX) {
        let before = slug.len();
        push_ascii(&mut slug, c);
        if slug.len() == before && !slug.is_empty() && !slug.ends_with('_') {
            slug.push('_');
        }
    }
    let mut slug = slug.trim_matches('_').to_owned();
    if slug.len() > LENGTH_MAX {
        slug.truncate(LENGTH_MAX);
        slug = slug.trim_end_matches('_').to_owned();
    }
    if slug.is_empty() {
        slug = "device".into();
    }
    if slug.starts_with(|c: char| c.is_ascii_digit()) {
        slug.insert_str(0, "d_");
    }
    slug
}

/// A slug of `name` that is neither reserved nor taken: `lamp`, `lamp_2`, `lamp_3`.
pub fn unique_slug(name: &str, taken: impl Fn(&str) -> bool) -> String {
    let base = slugify(name);
    if !RESERVED_WORDS.contains(&base.as_str()) && !taken(&base) {
        return base;
    }
    (2_u64..).map(|n| format!("{base}_{n}")).find(|slug| !taken(slug)).unwrap_or(base)
}

fn push_ascii(slug: &mut String, c: char) {
    if c.is_ascii_alphanumeric() {
        slug.push(c.to_ascii_lowercase());
        return;
    }
    let text = match c {
        'ä' | 'Ä' | 'æ' | 'Æ' => "ae",
        'ö' | 'Ö' | 'ø' | 'Ø' | 'œ' | 'Œ' => "oe",
        'ü' | 'Ü' => "ue",
        'ß' => "ss",
        'à' | 'á' | 'â' | 'ã' | 'å' | 'ā' | 'ă' | 'ą' | 'À' | 'Á' | 'Â' | 'Ã' | 'Å' | 'Ā' | 'Ă' | 'Ą' => {
            "a"
        }
        'ç' | 'ć' | 'č' | 'Ç' | 'Ć' | 'Č' => "c",
        'ď' | 'đ' | 'Ď' | 'Đ' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' | 'È' | 'É' | 'Ê' | 'Ë' | 'Ē' | 'Ę' | 'Ě' => {
            "e"
        }
        'ğ' | 'ģ' | 'Ğ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'ı' | 'Ì' | 'Í' | 'Î' | 'Ï' | 'Ī' | 'İ' => "i",
        'ł' | 'ľ' | 'Ł' | 'Ľ' => "l",
        'ñ' | 'ń' | 'ň' | 'Ñ' | 'Ń' | 'Ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ō' | 'ő' | 'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ō' | 'Ő' => "o",
        'ř' | 'Ř' => "r",
        'ś' | 'š' | 'ş' | 'Ś' | 'Š' | 'Ş' => "s",
        'ť' | 'ţ' | 'Ť' => "t",
        'ù' | 'ú' | 'û' | 'ū' | 'ů' | 'ű' | 'Ù' | 'Ú' | 'Û' | 'Ū' | 'Ů' | 'Ű' => "u",
        'ý' | 'ÿ' | 'Ý' => "y",
        'ź' | 'ż' | 'ž' | 'Ź' | 'Ż' | 'Ž' => "z",
        _ => return,
    };
    slug.push_str(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_slugs() {
        for (name, slug) in [
            ("Hall light", "hall_light"),
            ("Küche / Licht 2", "kueche_licht_2"),
            ("living/ceiling", "living_ceiling"),
            ("0x00158d0000000003", "d_0x00158d0000000003"),
            ("Steckdose Küche ☕", "steckdose_kueche"),
            ("☕", "device"),
            ("  __a--b__ ", "a_b"),
            ("", "device"),
        ] {
            assert_eq!(slugify(name), slug);
        }
        assert!(slugify(&"x".repeat(1_000_000)).len() <= 48);
    }

    #[test]
    fn a_taken_or_reserved_slug_gets_a_number() {
        assert_eq!(unique_slug("Lamp", |s| s == "lamp" || s == "lamp_2"), "lamp_3");
        assert_eq!(unique_slug("On", |_| false), "on_2");
    }
}
