//! Texts with `{{ … }}`: that every one is closed and names something known. The shell renders them.

use crate::diagnostic::Code;
use crate::parse::node::Node;
use crate::parse::sink::Issue;
use crate::parse::source::Place;
use crate::suggest;

/// What a text can name.
pub(crate) const VARIABLES: [&str; 5] =
    ["trigger.device.name", "trigger.device.room", "trigger.value", "trigger.id", "rule.name"];

/// What is wrong with the templates in a text, by its characters.
pub(crate) fn check(text: &str) -> Vec<Issue> {
    let chars: Vec<char> = text.chars().collect();
    let mut issues = Vec::new();
    let mut at = 0;
    while at + 1 < chars.len() {
        match (chars[at], chars[at + 1]) {
            ('{', '{') => {
                let end =
                    (at + 2..chars.len()).find(|&end| chars[end] == '}' && chars.get(end + 1) == Some(&'}'));
                let Some(end) = end else {
                    let place = Place::new(at, at + 2);
                    issues.push(
                        Issue::error(Code::Template, place, "{{ is not closed").help("close it with }}"),
                    );
                    break;
                };
                let inside: String = chars[at + 2..end].iter().collect();
                issues.extend(variable(inside.trim(), Place::new(at, end + 2)));
                at = end + 2;
            }
            ('{', '%' | '#') => {
                let place = Place::new(at, at + 2);
                issues.push(Issue::error(Code::NotYetSupported, place, "only {{ … }} is supported in texts"));
                at += 2;
            }
            _ => at += 1,
        }
    }
    issues
}

fn variable(name: &str, place: Place) -> Option<Issue> {
    if VARIABLES.contains(&name) {
        return None;
    }
    let simple = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
    let root = name.split('.').next().unwrap_or_default();
    if !simple || (name.contains('.') && root != "trigger" && root != "rule") {
        let message =
            format!("\"{}\" in a text is not yet supported by this version", suggest::shorten(name));
        return Some(
            Issue::error(Code::NotYetSupported, place, message).help(suggest::help(name, VARIABLES)),
        );
    }
    let message = format!("\"{}\" names nothing known", suggest::shorten(name));
    Some(Issue::error(Code::Template, place, message).help(suggest::help(name, VARIABLES)))
}

/// Tells what is wrong with the templates of a node.
pub(crate) fn check_node(compiler: &mut super::Compiler<'_, '_, '_>, node: &Node) {
    for issue in check(node.text().unwrap_or_default()) {
        compiler.sink.add_inside(node, 0, issue);
    }
}
