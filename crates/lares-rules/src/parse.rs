//! Stage 1: text to trees. YAML with the place of every piece, and expressions. Knows no home and no meaning.

pub(crate) mod ast;
pub(crate) mod expression;
pub(crate) mod lexer;
pub(crate) mod node;
pub(crate) mod print;
#[cfg(test)]
mod roundtrip;
pub(crate) mod selector;
pub(crate) mod sink;
pub(crate) mod source;
pub(crate) mod yaml;
