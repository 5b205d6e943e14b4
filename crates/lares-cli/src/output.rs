//! Writing to standard output: lines, and tables whose columns line up.

use std::io::{self, Write as _};

/// Writes one line at once, so that a reader at the other end of a pipe sees it now.
///
/// # Errors
/// When nobody reads any more.
pub fn line(text: impl AsRef<str>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{}", text.as_ref())?;
    out.flush()
}

/// Writes a table; the last column may be of any length.
///
/// # Errors
/// When nobody reads any more.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> io::Result<()> {
    let mut widths: Vec<usize> = head.iter().map(|title| title.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let print = |cells: Vec<&str>| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        line(padded.collect::<Vec<_>>().join("  ").trim_end())
    };
    print(head.to_vec())?;
    rows.iter().try_for_each(|row| print(row.iter().map(String::as_str).collect()))
}

/// A bare value for people: texts without quotes.
pub fn bare(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => "unknown".into(),
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
