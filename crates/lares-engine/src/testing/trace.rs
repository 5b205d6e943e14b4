//! What happened in a test, in words.

use lares_model::{CommandOutcome, CommandPhase, Effect, PropertyKey};

use crate::home::Home;

/// One line for an effect that a reader of a failed test wants to see.
pub(super) fn line(home: &Home, effect: &Effect) -> Option<String> {
    let world = &home.world;
    match effect {
        Effect::Changed(change) => {
            let key = PropertyKey { device: change.device.clone(), property: change.property.clone() };
            let to =
                change.to.as_ref().map_or_else(|| "unknown".into(), |value| world.value_words(&key, value));
            Some(format!("{} became {to}", world.words(&key)))
        }
        Effect::Command(command) => {
            let values = command.values.iter().map(|(property, value)| {
                let key = PropertyKey { device: command.device.clone(), property: property.clone() };
                format!("{} = {}", world.words(&key), world.value_words(&key, value))
            });
            Some(format!("command: {}", values.collect::<Vec<_>>().join(", ")))
        }
        Effect::CommandPhase {
            phase: CommandPhase::Done { outcome: CommandOutcome::Expired { reason } },
            ..
        } => Some(format!("the command expired: {reason}")),
        Effect::Journal(entry) => Some(entry.text.clone()),
        _ => None,
    }
}
