//! Tokens to expressions: `or > and > not > comparison > sum > product > unary > atom`, with `for` and `until` bound to
//! the nearest comparison or atom.

use super::ast::{Ast, Kind, Name, Number};
use super::lexer::{self, Token, seconds_in};
use super::selector;
use super::sink::Issue;
use super::source::Place;
use crate::diagnostic::Code;
use crate::program::{ArithmeticOp, Comparison};

/// How deep brackets and operators may be nested.
const DEPTH_MAX: usize = 64;

/// An expression, and warnings about how it is written.
pub(crate) fn parse(text: &str) -> Result<(Ast, Vec<Issue>), Issue> {
    let mut parser = Parser { tokens: lexer::tokens(text)?, at: 0, depth: 0, warnings: Vec::new() };
    if parser.peek() == &Token::End {
        return Err(parser.unexpected("an expression"));
    }
    let ast = parser.expression()?;
    parser.expect_end()?;
    Ok((ast, parser.warnings))
}

/// A target of `set` and `hold`, or the argument of `event:`: a path, or a selector without a comparison.
pub(crate) fn parse_target(text: &str) -> Result<Target, Issue> {
    let mut parser = Parser { tokens: lexer::tokens(text)?, at: 0, depth: 0, warnings: Vec::new() };
    let first = parser.name("a device")?;
    let mut path = vec![first];
    while parser.take(".") {
        path.push(parser.name("a property")?);
    }
    let places = if parser.take_word("in") { Some(selector::places(&mut parser)?) } else { None };
    parser.expect_end()?;
    Ok(Target { path, places })
}

/// What `set`, `hold` and `event` name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Target {
    /// A device, a device and its property, a kind or a property.
    pub(crate) path: Vec<Name>,
    /// Where to look, if it says `in`.
    pub(crate) places: Option<Vec<Name>>,
}

/// Reads tokens.
pub(crate) struct Parser {
    tokens: Vec<(Token, Place)>,
    at: usize,
    depth: usize,
    warnings: Vec<Issue>,
}

impl Parser {
    pub(crate) fn peek(&self) -> &Token {
        self.ahead(0)
    }

    pub(crate) fn ahead(&self, by: usize) -> &Token {
        &self.tokens[(self.at + by).min(self.tokens.len() - 1)].0
    }

    pub(crate) fn place(&self) -> Place {
        self.tokens[self.at.min(self.tokens.len() - 1)].1
    }

    fn last_end(&self) -> usize {
        self.tokens[self.at.saturating_sub(1)].1.end
    }

    pub(crate) fn advance(&mut self) {
        self.at = (self.at + 1).min(self.tokens.len() - 1);
    }

    /// Takes this sign if it is next.
    pub(crate) fn take(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Token::Sign(have) if *have == sign);
        if found {
            self.advance();
        }
        found
    }

    /// Takes this word if it is next.
    pub(crate) fn take_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.advance();
        }
        found
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Token::Word(have) if have == word)
    }

    pub(crate) fn expect(&mut self, sign: &str) -> Result<(), Issue> {
        if self.take(sign) { Ok(()) } else { Err(self.unexpected(&format!("\"{sign}\""))) }
    }

    pub(crate) fn name(&mut self, what: &str) -> Result<Name, Issue> {
        let Token::Word(text) = self.peek() else { return Err(self.unexpected(what)) };
        let name = Name { text: text.clone(), place: self.place() };
        self.advance();
        Ok(name)
    }

    fn expect_end(&mut self) -> Result<(), Issue> {
        match self.peek() {
            Token::End => Ok(()),
            Token::Sign("=") => Err(self.unexpected("an operator").help("to compare, write ==")),
            _ => Err(self.unexpected("an operator or the end")),
        }
    }

    /// "… is expected here", at the next token.
    pub(crate) fn unexpected(&self, wanted: &str) -> Issue {
        let place = self.place();
        let found = match self.peek() {
            Token::End => "the end".to_owned(),
            Token::Word(word) => format!("\"{}\"", crate::suggest::shorten(word)),
            Token::Sign(sign) => format!("\"{sign}\""),
            _ => "a value".to_owned(),
        };
        let place = if place.start == place.end { Place::new(place.start, place.start + 1) } else { place };
        Issue::error(Code::Expression, place, format!("expected {wanted}, found {found}"))
    }

    fn deeper<T>(&mut self, go: impl FnOnce(&mut Self) -> Result<T, Issue>) -> Result<T, Issue> {
        if self.depth >= DEPTH_MAX {
            return Err(Issue::error(Code::TooDeep, self.place(), "nested too deep"));
        }
        self.depth += 1;
        let result = go(self);
        self.depth -= 1;
        result
    }

    fn from(&self, start: usize, kind: Kind) -> Ast {
        Ast::new(kind, Place::new(start, self.last_end()))
    }

    /// The whole of an expression.
    pub(crate) fn expression(&mut self) -> Result<Ast, Issue> {
        self.deeper(Self::if_or)
    }

    fn if_or(&mut self) -> Result<Ast, Issue> {
        let start = self.place().start;
        if !self.take_word("if") {
            return self.or();
        }
        let condition = Box::new(self.expression()?);
        if !self.take_word("then") {
            return Err(self.unexpected("\"then\""));
        }
        let then = Box::new(self.expression()?);
        if !self.take_word("else") {
            return Err(self.unexpected("\"else\""));
        }
        let otherwise = Box::new(self.expression()?);
        Ok(self.from(start, Kind::If { condition, then, otherwise }))
    }

    fn or(&mut self) -> Result<Ast, Issue> {
        self.chain("or", Self::and, Kind::Or)
    }

    fn and(&mut self) -> Result<Ast, Issue> {
        self.chain("and", Self::not, Kind::And)
    }

    fn chain(
        &mut self,
        word: &str,
        operand: impl Fn(&mut Self) -> Result<Ast, Issue>,
        make: impl FnOnce(Vec<Ast>) -> Kind,
    ) -> Result<Ast, Issue> {
        let start = self.place().start;
        let first = operand(self)?;
        if !self.is_word(word) {
            return Ok(first);
        }
        let mut all = vec![first];
        while self.take_word(word) {
            let next = operand(self)?;
            self.warn_of_ambiguity(word, &next);
            all.push(next);
        }
        Ok(self.from(start, make(all)))
    }

    fn warn_of_ambiguity(&mut self, word: &str, operand: &Ast) {
        let suffix = match &operand.kind {
            Kind::For { .. } => "for",
            Kind::Until { .. } => "until",
            _ => return,
        };
        let message = format!("\"{suffix}\" covers only what stands after \"{word}\"");
        self.warnings.push(
            Issue::warning(Code::AmbiguousFor, operand.place, message)
                .help(format!("put parentheses around this, or around all before \"{suffix}\"")),
        );
    }

    fn not(&mut self) -> Result<Ast, Issue> {
        let start = self.place().start;
        if self.take_word("not") {
            let inner = self.deeper(Self::not)?;
            return Ok(self.from(start, Kind::Not(Box::new(inner))));
        }
        self.suffixed()
    }

    fn suffixed(&mut self) -> Result<Ast, Issue> {
        let start = self.place().start;
        let mut ast = self.comparison()?;
        for _ in 0..DEPTH_MAX {
            if self.take_word("for") {
                ast = self.for_suffix(start, ast)?;
            } else if self.take_word("until") {
                ast = self.until_suffix(start, ast)?;
            } else {
                return Ok(ast);
            }
        }
        Err(Issue::error(Code::TooDeep, self.place(), "nested too deep"))
    }

    fn for_suffix(&mut self, start: usize, operand: Ast) -> Result<Ast, Issue> {
        let wrong = || {
            Issue::error(Code::Duration, self.place(), "\"for\" needs a length of time")
                .help("such as 90s, 3m or 1h30m")
        };
        let Token::Number(length) = self.peek().clone() else { return Err(wrong()) };
        if !is_duration(&length) {
            return Err(wrong());
        }
        self.advance();
        Ok(self.from(start, Kind::For { operand: Box::new(operand), length }))
    }

    fn until_suffix(&mut self, start: usize, enter: Ast) -> Result<Ast, Issue> {
        let from = self.place().start;
        let mut leave = match self.comparison_sign() {
            Some(op) => {
                let Kind::Compare { left, .. } = &subject(&enter).kind else {
                    return Err(Issue::error(
                        Code::Expression,
                        self.place(),
                        "\"until\" needs a left side here",
                    )
                    .help("it may be left out only after a comparison"));
                };
                let left = left.clone();
                self.advance();
                let right = Box::new(self.sum()?);
                self.from(from, Kind::Compare { op, left, right })
            }
            None if self.is_word("not") => self.not()?,
            None => self.comparison()?,
        };
        if self.take_word("for") {
            leave = self.for_suffix(from, leave)?;
        }
        Ok(self.from(start, Kind::Until { enter: Box::new(enter), leave: Box::new(leave) }))
    }

    /// The comparison that stands next, not taken.
    pub(crate) fn comparison_sign(&self) -> Option<Comparison> {
        let Token::Sign(sign) = self.peek() else { return None };
        Some(match *sign {
            "==" => Comparison::Equal,
            "!=" => Comparison::NotEqual,
            "<" => Comparison::Less,
            "<=" => Comparison::LessOrEqual,
            ">" => Comparison::Greater,
            ">=" => Comparison::GreaterOrEqual,
            _ => return None,
        })
    }

    fn comparison(&mut self) -> Result<Ast, Issue> {
        let start = self.place().start;
        let left = self.sum()?;
        if let Some(op) = self.comparison_sign() {
            self.advance();
            let right = Box::new(self.sum()?);
            if self.comparison_sign().is_some() {
                return Err(Issue::error(Code::Expression, self.place(), "comparisons cannot be chained")
                    .help("write a < b and b < c, or b in a .. c"));
            }
            return Ok(self.from(start, Kind::Compare { op, left: Box::new(left), right }));
        }
        if self.take_word("in") {
            let low = Box::new(self.sum()?);
            if !self.take("..") {
                return Err(self.unexpected("\"..\"").help("a range is written: 22:00 .. 06:00"));
            }
            let high = Box::new(self.sum()?);
            return Ok(self.from(start, Kind::In { subject: Box::new(left), low, high }));
        }
        Ok(left)
    }

    pub(crate) fn sum(&mut self) -> Result<Ast, Issue> {
        self.arithmetic(&[("+", ArithmeticOp::Add), ("-", ArithmeticOp::Subtract)], Self::product)
    }

    fn product(&mut self) -> Result<Ast, Issue> {
        self.arithmetic(&[("*", ArithmeticOp::Multiply), ("/", ArithmeticOp::Divide)], Self::unary)
    }

    fn arithmetic(
        &mut self,
        signs: &[(&str, ArithmeticOp)],
        operand: impl Fn(&mut Self) -> Result<Ast, Issue>,
    ) -> Result<Ast, Issue> {
        let start = self.place().start;
        let mut left = operand(self)?;
        // Each turn nests the tree by one, so the turns are bounded like brackets.
        for _ in 0..DEPTH_MAX {
            let Some((_, op)) = signs.iter().copied().find(|(sign, _)| self.take(sign)) else {
                return Ok(left);
            };
            let right = Box::new(operand(self)?);
            left = self.from(start, Kind::Arithmetic { op, left: Box::new(left), right });
        }
        Err(Issue::error(Code::TooDeep, self.place(), "too many terms"))
    }

    fn unary(&mut self) -> Result<Ast, Issue> {
        let start = self.place().start;
        if self.take("-") {
            let inner = self.deeper(Self::unary)?;
            return Ok(self.from(start, Kind::Negate(Box::new(inner))));
        }
        self.atom()
    }

    fn atom(&mut self) -> Result<Ast, Issue> {
        let place = self.place();
        let kind = match self.peek().clone() {
            Token::Number(number) => Kind::Number(number),
            Token::Clock(seconds) => Kind::Clock(seconds),
            Token::Date(days) => Kind::Date(days),
            Token::Text(text) => Kind::Text(text),
            Token::Sign("(") => {
                self.advance();
                let inner = self.expression()?;
                self.expect(")")?;
                return Ok(self.from(place.start, Kind::Paren(Box::new(inner))));
            }
            Token::Word(word) if is_operator(&word) => return Err(self.unexpected("a value")),
            Token::Word(_) => return self.named(),
            _ => return Err(self.unexpected("a value")),
        };
        self.advance();
        Ok(Ast::new(kind, place))
    }

    fn named(&mut self) -> Result<Ast, Issue> {
        let name = self.name("a value")?;
        let start = name.place.start;
        if self.take(".") {
            let mut path = vec![name, self.name("a property")?];
            while self.take(".") {
                path.push(self.name("a part")?);
            }
            return Ok(self.from(start, Kind::Path(path)));
        }
        if matches!(self.peek(), Token::Sign("(")) {
            return self.deeper(|parser| selector::call(parser, name));
        }
        Ok(Ast::new(Kind::Word(name.text), name.place))
    }

    /// The piece from `start` up to what was taken last.
    pub(crate) fn since(&self, start: usize, kind: Kind) -> Ast {
        self.from(start, kind)
    }
}

/// The comparison whose left side `until` may borrow: through `for` and parentheses.
fn subject(enter: &Ast) -> &Ast {
    match &enter.bare().kind {
        Kind::For { operand, .. } => subject(operand),
        _ => enter.bare(),
    }
}

fn is_operator(word: &str) -> bool {
    ["and", "or", "not", "then", "else", "for", "until", "in", "if"].contains(&word)
}

/// True for a number of seconds, minutes and so on.
pub(crate) fn is_duration(number: &Number) -> bool {
    number.per.is_empty() && !number.unit.is_empty() && seconds_in(&number.unit).is_some()
}
