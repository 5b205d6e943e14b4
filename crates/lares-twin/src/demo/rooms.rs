//! The flat: six rooms of an older building with a hall in the middle, and its windows and doors.

use crate::house::{Opening, RoomPlan, RoomUse};

/// Numbers of the rooms in [`plans`].
pub const LIVING: usize = 0;
/// See [`LIVING`].
pub const KITCHEN: usize = 1;
/// See [`LIVING`].
pub const HALL: usize = 2;
/// See [`LIVING`].
pub const BEDROOM: usize = 3;
/// See [`LIVING`].
pub const BATHROOM: usize = 4;
/// See [`LIVING`].
pub const OFFICE: usize = 5;

/// Numbers of the openings in [`openings`].
pub const FRONT_DOOR: usize = 0;
/// See [`FRONT_DOOR`].
pub const LIVING_WINDOW: usize = 1;
/// See [`FRONT_DOOR`].
pub const BALCONY_DOOR: usize = 2;
/// See [`FRONT_DOOR`].
pub const BEDROOM_WINDOW: usize = 3;

/// How the rooms are built.
pub fn plans() -> Vec<RoomPlan> {
    let plan = |name: &str, used_for, area, loss, glass, daylight, radiator, plain_target| RoomPlan {
        name: name.into(),
        used_for,
        area,
        loss,
        glass,
        daylight,
        radiator,
        plain_target,
    };
    vec![
        plan("Living room", RoomUse::Living, 30.0, 26.0, 3.2, 0.006, 2400.0, None),
        plan("Kitchen", RoomUse::Kitchen, 14.0, 13.0, 1.4, 0.005, 1100.0, Some(20.0)),
        plan("Hall", RoomUse::Hall, 10.0, 4.0, 0.0, 0.0006, 400.0, Some(19.0)),
        plan("Bedroom", RoomUse::Bedroom, 17.0, 15.0, 1.6, 0.005, 1300.0, None),
        plan("Bathroom", RoomUse::Bathroom, 8.0, 6.0, 0.5, 0.003, 900.0, Some(21.5)),
        plan("Office", RoomUse::Office, 13.0, 12.0, 1.5, 0.005, 900.0, Some(20.0)),
    ]
}

/// Windows and doors, all shut. Those without a contact are not simulated.
pub fn openings() -> Vec<Opening> {
    let opening = |room, front_door| Opening { room, front_door, open: false };
    vec![opening(HALL, true), opening(LIVING, false), opening(LIVING, false), opening(BEDROOM, false)]
}
