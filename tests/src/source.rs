//! Rust source as the invariants look at it: without comments, without what stands in quotes, without tests.
//!
//! This is a lexer of the few things that can hide a word from a plain search or fake one. It is no parser.

/// The code of a file, comments and the insides of literals blanked. Lines and columns stay where they were.
#[must_use]
pub fn code(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut blank = vec![false; chars.len()];
    let mut at = 0;
    while at < chars.len() {
        let end = hidden_end(&chars, at);
        match end {
            Some(end) => {
                let end = end.min(chars.len());
                blank[at..end].fill(true);
                at = end;
            }
            None => at += 1,
        }
    }
    chars.iter().zip(blank).map(|(&c, blank)| if blank && c != '\n' { ' ' } else { c }).collect()
}

/// [`code`] without the items under `#[cfg(test)]`.
#[must_use]
pub fn code_outside_tests(text: &str) -> String {
    let code = code(text);
    if code.contains("#![cfg(test)]") {
        return String::new();
    }
    let mut rest = code.as_str();
    let mut kept = String::new();
    while let Some(at) = rest.find("#[cfg(test)]") {
        kept.push_str(&rest[..at]);
        let item = &rest[at..];
        let end = item_end(item);
        kept.extend(item[..end].chars().filter(|&c| c == '\n'));
        rest = &item[end..];
    }
    kept + rest
}

/// The words of a line of code: identifiers, with `::` paths kept together.
pub fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':' || c == '!'))
        .map(|word| word.trim_matches(':'))
        .filter(|word| !word.is_empty())
}

/// Where the comment or literal that starts at `at` ends; `None` when none starts there.
fn hidden_end(chars: &[char], at: usize) -> Option<usize> {
    let next = |offset: usize| chars.get(at + offset).copied();
    match chars[at] {
        '/' if next(1) == Some('/') => {
            Some(chars[at..].iter().position(|&c| c == '\n').map_or(chars.len(), |length| at + length))
        }
        '/' if next(1) == Some('*') => Some(block_comment_end(chars, at)),
        '"' => Some(quoted_end(chars, at + 1, '"')),
        // An identifier may end in `r`: only a free-standing one starts a raw string.
        'r' if at == 0
            || !is_word(chars[at - 1])
            || (chars[at - 1] == 'b' && (at == 1 || !is_word(chars[at - 2]))) =>
        {
            raw_string_end(chars, at + 1)
        }
        '\'' if next(1) == Some('\\') => Some(quoted_end(chars, at + 1, '\'')),
        // Otherwise it is a lifetime or a label.
        '\'' if next(2) == Some('\'') => Some(at + 3),
        _ => None,
    }
}

fn block_comment_end(chars: &[char], start: usize) -> usize {
    let (mut depth, mut at) = (0_usize, start);
    while at + 1 < chars.len() {
        match (chars[at], chars[at + 1]) {
            ('/', '*') => (depth, at) = (depth + 1, at + 2),
            ('*', '/') => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    chars.len()
}

fn quoted_end(chars: &[char], mut at: usize, quote: char) -> usize {
    while at < chars.len() && chars[at] != quote {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

fn raw_string_end(chars: &[char], at: usize) -> Option<usize> {
    let hashes = chars[at..].iter().take_while(|&&c| c == '#').count();
    if chars.get(at + hashes) != Some(&'"') {
        return None;
    }
    let mut end = at + hashes + 1;
    while end < chars.len() {
        let closing = chars[end + 1..].iter().take(hashes).filter(|&&c| c == '#').count();
        if chars[end] == '"' && closing == hashes {
            return Some(end + 1 + hashes);
        }
        end += 1;
    }
    Some(end)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Where the item ends that starts `code`, which is free of literals: at its closing brace, or at its semicolon.
fn item_end(code: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in code.char_indices() {
        match c {
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => {
                depth = depth.saturating_sub(1);
                if c == '}' && depth == 0 {
                    return at + 1;
                }
            }
            ';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    code.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_code_is_blanked_and_what_is_code_stays() {
        for (text, visible) in [
            ("a // now\nb", "a\nb"),
            ("a /* x /* y */ z */ b", "a b"),
            (r#"f("no \" no", yes)"#, "f( , yes)"),
            ("r\"no\" yes", "yes"),
            ("br#\"no \" no\"# yes", "b yes"),
            ("for_each(yes)", "for_each(yes)"),
            ("'\"' yes '\\'' yes", "yes yes"),
            ("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}"),
            ("\"never closed", ""),
            ("r#\"never closed", ""),
            ("/* never closed", ""),
            ("ünï \"cöde\" yes", "ünï yes"),
        ] {
            let seen = code(text);
            assert_eq!(seen.chars().count(), text.chars().count(), "{text}: columns are kept");
            let squeeze = |text: &str| {
                text.lines()
                    .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
                    .collect::<Vec<_>>()
            };
            assert_eq!(squeeze(&seen).join("\n").trim(), visible, "{text}");
        }
    }

    #[test]
    fn tests_are_left_out_and_lines_keep_their_numbers() {
        let text = "use a;\n#[cfg(test)]\nmod tests {\n    fn f() { HashMap::new(); }\n}\nfn after() {}\n\
                    #[cfg(test)]\nmod more;\nfn last() {}\n";
        let seen = code_outside_tests(text);
        assert!(!seen.contains("HashMap") && !seen.contains("more"), "{seen}");
        assert_eq!(seen.lines().position(|line| line.contains("after")), Some(5));
        assert_eq!(seen.lines().position(|line| line.contains("last")), Some(8));
        assert_eq!(code_outside_tests("#![cfg(test)]\nuse std::fs;"), "");
    }

    #[test]
    fn words_keep_their_paths() {
        let seen: Vec<&str> = words("let x: std::fs::File = dbg!(Instant::now()) + a.b;").collect();
        assert_eq!(seen, ["let", "x", "std::fs::File", "dbg!", "Instant::now", "a", "b"]);
    }
}
