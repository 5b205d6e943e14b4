//! The words of the command line. It only parses: nothing is started here.

/// What the person asked for.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    /// Print this text and stop.
    Help(&'static str),
    /// Start Lares with the demo home; `args` go to the program that is started.
    Run { headless: bool, args: Vec<String> },
    /// Every check and test; `args` go to the test runner.
    Test { args: Vec<String> },
    /// The benchmarks; `args` go to each of them.
    Bench { args: Vec<String> },
    /// The installers of this platform.
    Dist,
}

const HELP: &str = "\
Commands of a Lares source checkout.

  cargo xtask run     install what is missing, build, start Lares with the demo home
  cargo xtask test    install what is missing, run every check and test, the real window included
  cargo xtask bench   the benchmarks, each beside its reference, printed as ratios
  cargo xtask dist    the installers for this platform, in target/dist

Arguments after `--` go to what the command starts. `cargo xtask COMMAND --help` says more.

Example: cargo xtask run -- --headless";

const HELP_RUN: &str = "\
cargo xtask run [-- [--headless] ARGS…]

Installs what is missing (Debian packages, the UI's npm packages), builds, and starts Lares with the demo home:
the window where there is a display; the hub alone without one or with --headless. The hub prints the address
of the dashboard with a link to sign in. ARGS go to the program that is started.

Example: cargo xtask run -- --headless --http 127.0.0.1:0";

const HELP_TEST: &str = "\
cargo xtask test [-- ARGS…]

Installs what is missing and runs, in this order, and stops at the first failure: formatting, the UI's checks and
tests, licences, security advisories, clippy, the build, the starter rule files, and then all Rust tests, with the real
window and the real Zigbee2MQTT. ARGS go to the test runner (cargo-nextest, or cargo test where it is missing).

Example: cargo xtask test -- invariants";

const HELP_BENCH: &str = "\
cargo xtask bench [-- ARGS…]

Builds with optimisation and runs the benchmarks. ARGS go to each of them.

Example: cargo xtask bench";

const HELP_DIST: &str = "\
cargo xtask dist

Builds the installers (.deb and .rpm) of the window and the `lares` program, and copies them to target/dist.

Example: cargo xtask dist && sudo apt install ./target/dist/*.deb";

/// Turns the words after `cargo xtask` into a [`Command`]. The error is a complete text for the person.
pub fn parse(words: impl IntoIterator<Item = String>) -> Result<Command, String> {
    let mut words = words.into_iter();
    let Some(name) = words.next() else { return Ok(Command::Help(HELP)) };
    let help = match name.as_str() {
        "run" => HELP_RUN,
        "test" => HELP_TEST,
        "bench" => HELP_BENCH,
        "dist" => HELP_DIST,
        "help" | "--help" | "-h" => return Ok(Command::Help(HELP)),
        unknown => return Err(format!("xtask: there is no command `{unknown}`\n\n{HELP}")),
    };
    let (own, mut args) = split_at_dashes(words);
    let mut headless = false;
    for word in own {
        match (name.as_str(), word.as_str()) {
            (_, "--help" | "-h") => return Ok(Command::Help(help)),
            ("run", "--headless") => headless = true,
            ("dist", _) => return Err(format!("xtask: `dist` takes no arguments\n\n{help}")),
            (_, other) => {
                return Err(format!("xtask: `{name}` does not know `{other}`; put it after `--`?\n\n{help}"));
            }
        }
    }
    match name.as_str() {
        "run" => {
            // `--headless` is ours on either side of `--`, since people write it on both.
            let before = args.len();
            args.retain(|word| word != "--headless");
            Ok(Command::Run { headless: headless || args.len() < before, args })
        }
        "test" => Ok(Command::Test { args }),
        "bench" => Ok(Command::Bench { args }),
        _ if args.is_empty() => Ok(Command::Dist),
        _ => Err(format!("xtask: `dist` takes no arguments\n\n{help}")),
    }
}

/// The words before the first `--`, and those after it.
fn split_at_dashes(words: impl Iterator<Item = String>) -> (Vec<String>, Vec<String>) {
    let mut own: Vec<String> = words.collect();
    let Some(dashes) = own.iter().position(|word| word == "--") else { return (own, Vec::new()) };
    let rest = own.split_off(dashes).into_iter().skip(1).collect();
    (own, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_line(line: &str) -> Result<Command, String> {
        parse(line.split_whitespace().map(String::from))
    }

    fn strings(words: &[&str]) -> Vec<String> {
        words.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_command_takes_its_arguments() {
        let cases = [
            ("run", Command::Run { headless: false, args: vec![] }),
            ("run --headless", Command::Run { headless: true, args: vec![] }),
            ("run -- --headless", Command::Run { headless: true, args: vec![] }),
            (
                "run -- --http off --headless -v",
                Command::Run { headless: true, args: strings(&["--http", "off", "-v"]) },
            ),
            ("test", Command::Test { args: vec![] }),
            (
                "test -- -E test(a) -- --nocapture",
                Command::Test { args: strings(&["-E", "test(a)", "--", "--nocapture"]) },
            ),
            ("bench -- hop", Command::Bench { args: strings(&["hop"]) }),
            ("dist", Command::Dist),
            ("dist --", Command::Dist),
        ];
        for (line, expected) in cases {
            assert_eq!(parse_line(line), Ok(expected), "{line}");
        }
    }

    #[test]
    fn help_is_asked_for_in_many_ways_and_always_shows_an_example() {
        for line in ["", "help", "-h", "--help", "run --help", "test -h", "bench --help", "dist --help"] {
            let Ok(Command::Help(text)) = parse_line(line) else { panic!("`{line}` gives no help") };
            assert!(text.contains("Example: cargo xtask"), "{line}");
        }
        // After the dashes it is a question to the program that is started.
        assert_eq!(
            parse_line("run -- --help"),
            Ok(Command::Run { headless: false, args: strings(&["--help"]) })
        );
    }

    #[test]
    fn an_unknown_word_is_named_and_an_example_shown() {
        for (line, word) in [("rum", "`rum`"), ("run --fast", "`--fast`"), ("test x", "`x`")] {
            let complaint = parse_line(line).expect_err(line);
            assert!(complaint.contains(word) && complaint.contains("Example: "), "{complaint}");
        }
        assert!(parse_line("dist -- --bundles").is_err());
    }
}
