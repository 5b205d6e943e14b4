//! SPDX licence expressions, as far as packages use them: `OR`, `AND`, `WITH` and brackets, and the older `/` for `OR`.
//! <https://spdx.github.io/spdx-spec/v2.3/SPDX-license-expressions/>

use std::collections::BTreeSet;

/// Whether one may use what is under `expression` when one accepts only the licences of `allowed`. An exception
/// (`WITH …`) only adds permission, so it does not count. `None` when the expression cannot be read.
pub fn is_allowed(expression: &str, allowed: &BTreeSet<String>) -> Option<bool> {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut parser = Parser { words: &words, allowed };
    let answer = parser.any()?;
    parser.words.is_empty().then_some(answer)
}

struct Parser<'a> {
    words: &'a [&'a str],
    allowed: &'a BTreeSet<String>,
}

impl<'a> Parser<'a> {
    fn any(&mut self) -> Option<bool> {
        let mut answer = self.all()?;
        while self.takes("OR") {
            answer |= self.all()?;
        }
        Some(answer)
    }

    fn all(&mut self) -> Option<bool> {
        let mut answer = self.one()?;
        while self.takes("AND") {
            answer &= self.one()?;
        }
        Some(answer)
    }

    fn one(&mut self) -> Option<bool> {
        if self.takes("(") {
            let answer = self.any()?;
            return self.takes(")").then_some(answer);
        }
        let licence = self.name()?;
        if self.takes("WITH") {
            self.name()?;
        }
        Some(self.allowed.contains(licence))
    }

    fn name(&mut self) -> Option<&'a str> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        (!["OR", "AND", "WITH", "(", ")"].contains(first)).then_some(first)
    }

    fn takes(&mut self, word: &str) -> bool {
        let found = self.words.first() == Some(&word);
        if found {
            self.words = &self.words[1..];
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_weighed_by_their_operators() {
        let allowed = ["MIT", "Apache-2.0", "BSD-3-Clause"].map(String::from).into();
        for (expression, answer) in [
            ("MIT", Some(true)),
            ("GPL-3.0-only", Some(false)),
            ("MIT OR Apache-2.0", Some(true)),
            ("GPL-2.0-or-later OR MIT", Some(true)),
            ("MIT AND GPL-3.0-only", Some(false)),
            ("MIT/Apache-2.0", Some(true)),
            ("(MIT OR GPL-3.0-only) AND BSD-3-Clause", Some(true)),
            ("MIT OR GPL-3.0-only AND AGPL-3.0-only", Some(true)),
            ("(MIT OR GPL-3.0-only) AND AGPL-3.0-only", Some(false)),
            ("Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT", Some(true)),
            ("", None),
            ("MIT OR", None),
            ("(MIT", None),
            ("MIT)", None),
            ("MIT BSD-3-Clause", None),
            ("SEE LICENSE IN LICENSE", None),
        ] {
            assert_eq!(is_allowed(expression, &allowed), answer, "{expression:?}");
        }
    }
}
