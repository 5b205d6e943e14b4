//! Diagnostics as text for a terminal or a log. JSON is serde's.

use super::{Diagnostic, Severity};

/// Four or five lines: what, where, the line of the file, a caret under the exact piece, and help.
///
/// ```text
/// error[unknown-device]: there is no device "hall_ligth"
///   --> hall.yaml:7:13
///   |     hall_ligth: { state: on }
///   |     ^^^^^^^^^^ did you mean "hall_light"?
/// ```
pub fn text(diagnostic: &Diagnostic) -> String {
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let span = diagnostic.span;
    let mut out = format!(
        "{severity}[{}]: {}\n  --> {}:{}:{}\n",
        diagnostic.code, diagnostic.message, diagnostic.file, span.line, span.column
    );
    let help = &diagnostic.help;
    if diagnostic.source_line.is_empty() {
        if !help.is_empty() {
            out.push_str(&format!("  = {help}\n"));
        }
        return out;
    }
    let column = span.column.saturating_sub(diagnostic.source_from) as usize;
    let width = diagnostic.source_line.chars().count();
    let last = if span.end_line == span.line {
        span.end_column.saturating_sub(diagnostic.source_from) as usize
    } else {
        width
    };
    let carets = last.min(width).saturating_sub(column).max(1);
    // Tabs stay tabs, so that the caret stands under its piece whatever their width.
    let indent: String =
        diagnostic.source_line.chars().take(column).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
    out.push_str(&format!("  | {}\n  | {indent}{}", diagnostic.source_line, "^".repeat(carets)));
    if !help.is_empty() {
        out.push_str(&format!(" {help}"));
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Span;

    #[test]
    fn the_caret_stands_under_the_exact_piece() {
        let diagnostic = Diagnostic {
            code: "unknown-device".into(),
            severity: Severity::Error,
            message: "there is no device \"hal\"".into(),
            help: "did you mean \"hall\"?".into(),
            file: "a.yaml".into(),
            span: Span { line: 3, column: 10, end_line: 3, end_column: 13 },
            source_line: "  while: hal.motion".into(),
            source_from: 1,
        };
        let expected = "error[unknown-device]: there is no device \"hal\"\n  --> a.yaml:3:10\n  \
             |   while: hal.motion\n  |          ^^^ did you mean \"hall\"?\n";
        assert_eq!(text(&diagnostic), expected);
    }
}
