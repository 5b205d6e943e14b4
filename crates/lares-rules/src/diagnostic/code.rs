//! The codes of diagnostics, each with what `lares explain` says of it.

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal: $text:literal,)*) => {
        /// What kind of thing is wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Code {
            $($name,)*
        }

        impl Code {
            /// The stable text: `unknown-device`.
            pub(crate) fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }
        }

        const ALL: &[(&str, &str)] = &[$(($code, $text),)*];
    };
}

codes! {
    Syntax = "syntax": "The file is not valid YAML at this place. The usual causes are an indentation that does not line up, a missing space after a colon, or a quote that is not closed. Nothing of the file can be understood before this is repaired.",
    TooLarge = "too-large": "A rule file may have 2 MB, an expression 10,000 characters. Split the file.",
    TooDeep = "too-deep": "Lists, mappings and brackets may be nested 64 deep. Nobody reads more; a file that has more is broken or hostile.",
    NoAnchors = "no-anchors": "YAML anchors (&name), aliases (*name), merge keys and tags (!name) are not part of rule files: a few of them can expand to gigabytes. Write the value out.",
    DuplicateKey = "duplicate-key": "The same key stands twice in one mapping. Most YAML readers silently take the last; Lares refuses, because one of the two is a mistake.",
    UnknownKey = "unknown-key": "This key is not part of the rule language at this place. The reference (docs/rules.md) lists what is.",
    MissingKey = "missing-key": "Something that must be there is not.",
    WrongType = "wrong-type": "Another kind of YAML value is expected here: a text, a list or a mapping.",
    WrongFormat = "wrong-format": "This version of Lares reads rule files of format 1.",
    NotYetSupported = "not-yet-supported": "This is part of the rule language, but this version of Lares does not carry it out yet. It is refused so that nothing is silently left out.",
    Conflict = "conflicting-keys": "These keys cannot stand together: a rule has either while/hold or when/do, and a step has exactly one verb.",
    FlowComma = "flow-comma": "Inside [ ] and { } YAML cuts an unquoted text at its commas: [max(a, b) > 3] is a list of two items. Put the expression into quotes.",
    QuoteClock = "quote-clock": "Some YAML readers take an unquoted 06:45 for the number 405 (hours times sixty). Put clock times into quotes.",
    QuoteKey = "quote-key": "Some YAML readers take the unquoted keys on, off, yes and no for true and false. Put such a key into quotes.",
    Expression = "expression": "The expression cannot be read at this place.",
    UnknownUnit = "unknown-unit": "A number is followed by a word that is no unit.",
    UnknownDevice = "unknown-device": "No device has this name. Rule files call a device by its slug, which its page shows; a rename changes it. While Lares has not yet heard all device lists, the rule waits instead.",
    UnknownProperty = "unknown-property": "The device exists but has no property of this name.",
    UnknownRoom = "unknown-room": "There is no room, label or device of this name to look in.",
    UnknownName = "unknown-name": "This word is neither a keyword nor a value of what it is compared with. A device is always written with its property: hall_light.state.",
    UnknownValue = "unknown-value": "The property cannot have this value; its words are listed.",
    UnknownFunction = "unknown-function": "There is no function of this name.",
    TypeMismatch = "type-mismatch": "Two values of different types meet, or one of another type is needed here. A condition must be true or false: compare a number with something.",
    UnitMismatch = "unit-mismatch": "Two numbers meet whose units measure different things, such as °C and %.",
    OutOfRange = "out-of-range": "The number is outside of what the device accepts.",
    ReadOnly = "read-only": "The property is only reported by the device; it cannot be set.",
    NotReadable = "not-readable": "The property can be set, but the device never reports it, so a rule cannot read it.",
    EventIsNoState = "event-is-no-state": "A momentary event such as a button press has no value that could be asked for. Use it as a trigger: when: { event: remote.action, is: single }.",
    NoEvent = "no-event": "The property holds a state and is no momentary event. Use an expression as the trigger.",
    Duration = "duration": "A length of time is expected, such as 90s, 3m, 1h30m or 2d.",
    Clock = "clock": "A clock time is expected, such as \"06:45\".",
    Cron = "cron": "The cron pattern cannot be understood, or names a date that never comes. Five or six fields: [second] minute hour day month weekday; 0 and 7 are Sunday.",
    NoLocation = "no-location": "Sunrise and sunset depend on where the home is. Set your location in the settings.",
    AmbiguousFor = "ambiguous-for": "for and until belong to the nearest comparison, so after and/or they do not cover the whole condition. Add parentheses to say what is meant.",
    EmptySelector = "empty-selector": "Nothing matches now, so the condition has nothing to look at. It is only a warning, because a matching device may be added.",
    MixedUnits = "mixed-units": "The properties that match have different units, so they cannot be put together.",
    AssignedTwice = "assigned-twice": "The same property is given two values in one place.",
    NothingMatches = "nothing-matches": "No device that matches has this property, so there is nothing to set.",
    ManyStates = "many-states": "The device has several switches. Name the one that is meant.",
    DuplicateId = "duplicate-id": "Two rules have the same id. The id is the slug of the name unless id: gives another; it must be unique over all files.",
    ChangedOutsideTrigger = "changed-outside-trigger": "changed(x) is true only in the moment of the change, so it can stand in when:, and in if: of that run, but not in while:.",
    TriggerOutsideRun = "trigger-outside-run": "trigger.… is what started a run, so it exists in the if: and do: of an edge rule only.",
    Template = "template": "The text has a {{ … }} that names nothing known, or is not closed.",
    TestOrder = "test-order": "The steps of a test stand in the order of time.",
    TimeZone = "time-zone": "There is no time zone of this name. Use an IANA name such as Europe/Berlin.",
    TooMany = "too-many": "More is wrong in this file than is useful to list. Repair what is shown, and look again.",
}

/// What `lares explain CODE` says, or none for an unknown code.
pub fn explain(code: &str) -> Option<&'static str> {
    ALL.iter().find(|(name, _)| *name == code).map(|(_, text)| *text)
}

/// Every code, in the order of the reference.
pub fn codes() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_stands_once_and_is_explained_in_sentences() {
        let mut seen = std::collections::BTreeSet::new();
        for code in codes() {
            assert!(seen.insert(code), "{code} stands twice");
            let text = explain(code).expect("each has a text");
            assert!(text.ends_with('.') && text.len() > 30, "{code}: {text}");
        }
        assert_eq!(explain("no-such-code"), None);
    }
}
