//! Identifiers: cheap to clone, ordered, written as plain text. They carry no meaning beyond identity.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Wraps the text as it is; no check is made.
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(Arc::from(text.as_ref()))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:?})", stringify!($name), &self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(Arc::from(text))
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

text_id!(
    /// What a device is to us for ever: `zigbee:0x00158d0000000003`, `demo:hall_motion`. People see the slug.
    DeviceId
);
text_id!(
    /// A property of a device in the vocabulary of Lares, in `snake_case`: `target_temperature`.
    PropertyName
);
text_id!(
    /// The slug of a room: `living_room`.
    RoomId
);
text_id!(
    /// The id of a rule: the slug of its name, or what its file gives as `id:`. Unique over all files.
    RuleId
);
text_id!(
    /// Which adapter: `zigbee2mqtt`, `demo`.
    AdapterId
);

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    };
}

number_id!(
    /// One command. Counts up for the life of a home, over restarts.
    CommandId
);
number_id!(
    /// One run of an edge rule. Counts up for the life of a home, over restarts.
    RunId
);
number_id!(
    /// One request of a person or a program; given by the hub so that the answer finds its way back.
    RequestId
);

/// One property of one device.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct PropertyKey {
    /// The device.
    pub device: DeviceId,
    /// Its property.
    pub property: PropertyName,
}

impl PropertyKey {
    /// Puts the two together.
    pub fn new(device: impl Into<DeviceId>, property: impl Into<PropertyName>) -> Self {
        Self { device: device.into(), property: property.into() }
    }
}

impl fmt::Display for PropertyKey {
    /// `device/property`; a device id never holds a slash, a property may.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.device, self.property)
    }
}
