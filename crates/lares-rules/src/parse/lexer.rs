//! Expressions to tokens. A number takes its unit along; what a word means is decided later.

use chrono::NaiveDate;
use lares_model::Unit;

use super::ast::Number;
use super::sink::Issue;
use super::source::Place;
use crate::diagnostic::Code;
use crate::suggest;

/// A token.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    Word(String),
    Number(Number),
    Clock(u32),
    Date(i64),
    Text(String),
    /// One of `( ) [ ] , . .. + - * / == != < <= > >= =`.
    Sign(&'static str),
    End,
}

/// How many characters an expression may have.
const LENGTH_MAX: usize = 10_000;

const SIGNS: [&str; 18] =
    ["..", "==", "!=", "<=", ">=", "(", ")", "[", "]", ",", ".", "+", "-", "*", "/", "<", ">", "="];

/// Splits an expression into tokens; the last is [`Token::End`].
pub(crate) fn tokens(text: &str) -> Result<Vec<(Token, Place)>, Issue> {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() > LENGTH_MAX {
        return Err(Issue::error(
            Code::TooLarge,
            Place::new(0, 1),
            "the expression is longer than 10,000 characters",
        ));
    }
    let mut lexer = Lexer { chars, at: 0 };
    let mut tokens = Vec::new();
    loop {
        while lexer.peek(0).is_some_and(char::is_whitespace) {
            lexer.at += 1;
        }
        let start = lexer.at;
        let token = lexer.token()?;
        let done = token == Token::End;
        tokens.push((token, Place::new(start, lexer.at)));
        if done {
            return Ok(tokens);
        }
    }
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn token(&mut self) -> Result<Token, Issue> {
        let Some(c) = self.peek(0) else { return Ok(Token::End) };
        if c.is_ascii_digit() {
            return self.number();
        }
        if c.is_alphabetic() || c == '_' {
            return Ok(Token::Word(self.word()));
        }
        if c == '"' || c == '\'' {
            return self.text(c);
        }
        for sign in SIGNS {
            if sign.chars().enumerate().all(|(ahead, s)| self.peek(ahead) == Some(s)) {
                self.at += sign.len();
                return Ok(Token::Sign(sign));
            }
        }
        let help = match c {
            '&' => "write and",
            '|' => "write or",
            '!' => "write not",
            '{' => "{{ … }} stands in texts only; an expression is written without it",
            _ => "",
        };
        let place = Place::new(self.at, self.at + 1);
        Err(Issue::error(Code::Expression, place, format!("\"{c}\" is not expected here")).help(help))
    }

    fn word(&mut self) -> String {
        let start = self.at;
        while self.peek(0).is_some_and(|c| c.is_alphanumeric() || c == '_') {
            self.at += 1;
        }
        self.chars[start..self.at].iter().collect()
    }

    fn text(&mut self, quote: char) -> Result<Token, Issue> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        while let Some(c) = self.peek(0) {
            self.at += 1;
            match c {
                c if c == quote => return Ok(Token::Text(text)),
                '\\' => {
                    text.extend(self.peek(0));
                    self.at += 1;
                }
                c => text.push(c),
            }
        }
        self.at = self.chars.len();
        Err(Issue::error(Code::Expression, Place::new(start, self.at), "the text is not closed"))
    }

    fn digits(&mut self) -> String {
        let start = self.at;
        while self.peek(0).is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
        }
        self.chars[start..self.at].iter().collect()
    }

    fn number(&mut self) -> Result<Token, Issue> {
        let start = self.at;
        let mut text = self.digits();
        let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        if self.peek(0) == Some(':') && digit(self.peek(1)) {
            return self.clock(start, &text);
        }
        if text.len() == 4 && self.looks_like_date() {
            return self.date(start);
        }
        if self.peek(0) == Some('.') && digit(self.peek(1)) {
            self.at += 1;
            text = format!("{text}.{}", self.digits());
        }
        let value =
            text.parse::<f64>().ok().filter(|n| n.is_finite() && n.abs() < 1e15).ok_or_else(|| {
                Issue::error(Code::Expression, Place::new(start, self.at), "the number is too large")
            })?;
        let mut number = Number { value, unit: String::new(), per: String::new() };
        self.unit(&mut number)?;
        self.compound(&mut number);
        Ok(Token::Number(number))
    }

    fn clock(&mut self, start: usize, hours: &str) -> Result<Token, Issue> {
        let mut parts = vec![hours.to_owned()];
        while self.peek(0) == Some(':') && parts.len() < 3 && self.peek(1).is_some_and(|c| c.is_ascii_digit())
        {
            self.at += 1;
            parts.push(self.digits());
        }
        let fits = parts[0].len() <= 2 && parts[1..].iter().all(|part| part.len() == 2);
        let numbers: Vec<u32> = parts.iter().map(|part| part.parse().unwrap_or(u32::MAX)).collect();
        let (h, m, s) = (numbers[0], numbers[1], numbers.get(2).copied().unwrap_or(0));
        if !fits || h > 23 || m > 59 || s > 59 {
            let place = Place::new(start, self.at);
            return Err(Issue::error(Code::Clock, place, "there is no such clock time")
                .help("clock times run from 00:00 to 23:59:59"));
        }
        Ok(Token::Clock(h * 3600 + m * 60 + s))
    }

    fn looks_like_date(&self) -> bool {
        let digit = |ahead| self.peek(ahead).is_some_and(|c| c.is_ascii_digit());
        self.peek(0) == Some('-') && digit(1) && digit(2) && self.peek(3) == Some('-') && digit(4) && digit(5)
    }

    fn date(&mut self, start: usize) -> Result<Token, Issue> {
        self.at += 6;
        let text: String = self.chars[start..self.at].iter().collect();
        match NaiveDate::parse_from_str(&text, "%Y-%m-%d") {
            Ok(date) => Ok(Token::Date((date - NaiveDate::default()).num_days())),
            Err(_) => {
                Err(Issue::error(Code::Clock, Place::new(start, self.at), format!("there is no date {text}")))
            }
        }
    }

    /// The unit after a number, with or without a space. A word that is a keyword is none.
    fn unit(&mut self, number: &mut Number) -> Result<(), Issue> {
        let before = self.at;
        while self.peek(0) == Some(' ') {
            self.at += 1;
        }
        let start = self.at;
        while self.peek(0).is_some_and(is_unit_char) {
            self.at += 1;
        }
        // A slash belongs to the unit only with a letter behind it: `µg/m³`, `%/min`.
        if self.at > start && self.peek(0) == Some('/') && self.peek(1).is_some_and(is_unit_char) {
            self.at += 1;
            while self.peek(0).is_some_and(is_unit_char) {
                self.at += 1;
            }
        }
        let text: String = self.chars[start..self.at].iter().collect();
        if text.is_empty() || is_keyword(&text) {
            self.at = before;
            return Ok(());
        }
        if is_unit(&text) {
            number.unit = text;
            return Ok(());
        }
        if let Some((unit, per)) = text.rsplit_once('/')
            && is_unit(unit)
            && ["s", "min", "h"].contains(&per)
        {
            (number.unit, number.per) = (unit.to_owned(), per.to_owned());
            return Ok(());
        }
        let help = suggest::nearest(&text, Unit::known()).map(|near| format!("did you mean \"{near}\"?"));
        let place = Place::new(start, self.at);
        Err(Issue::error(
            Code::UnknownUnit,
            place,
            format!("there is no unit \"{}\"", suggest::shorten(&text)),
        )
        .help(help.unwrap_or_default()))
    }

    /// `1h30m`: more of a length of time, without a space.
    fn compound(&mut self, number: &mut Number) {
        let Some(mut total) = seconds_in(&number.unit).map(|size| size * number.value) else { return };
        let mut last = self.at;
        let mut parts = 1;
        while self.peek(0).is_some_and(|c| c.is_ascii_digit()) {
            let amount: f64 = self.digits().parse().unwrap_or(f64::NAN);
            let start = self.at;
            while self.peek(0).is_some_and(char::is_alphabetic) {
                self.at += 1;
            }
            let unit: String = self.chars[start..self.at].iter().collect();
            let Some(size) = seconds_in(&unit).filter(|_| amount.is_finite()) else { break };
            total += amount * size;
            parts += 1;
            last = self.at;
        }
        self.at = last;
        if parts > 1 {
            number.value = total;
            number.unit = "s".into();
        }
    }
}

fn is_unit_char(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '%' | '°' | '³' | '℃' | '℉' | 'º' | 'µ' | 'μ')
}

/// Units as people may write them; `m` is minutes, except beside a length.
fn is_unit(text: &str) -> bool {
    Unit::clean(text).is_known()
}

/// How many seconds a unit of time has; `m` is minutes.
pub(crate) fn seconds_in(unit: &str) -> Option<f64> {
    match unit {
        "ms" => Some(0.001),
        "m" => Some(60.0),
        _ => {
            let unit = Unit::clean(unit);
            unit.convert(1.0, &Unit::clean("s"))
        }
    }
}

/// Words that never stand for a name, a value or a unit after a number.
fn is_keyword(word: &str) -> bool {
    ["and", "or", "not", "if", "then", "else", "for", "until", "in"].contains(&word)
}
