// Generated from crates/lares-hub/src/api; do not edit.

export type HomeView = { 
/**
 * What people call it.
 */
name: string, 
/**
 * IANA time zone.
 */
time_zone: string, 
/**
 * Degrees north and east, if set.
 */
location: LocationView | null, 
/**
 * True while the demo home is there.
 */
demo: boolean, 
/**
 * Version of Lares.
 */
version: string, 
/**
 * The folder of the rule files, for people to open.
 */
automations: string, 
/**
 * Where things stand that people should know: the database cannot be written, a port is taken.
 */
troubles: Array<string>, };

export type AddressesView = { 
/**
 * Where the dashboard and the API listen, or null when they are off.
 */
http: string | null, 
/**
 * Where the MQTT broker is, or null when it could not start yet.
 */
mqtt: string | null, 
/**
 * True for the built-in broker, whose users are made here; false for another one.
 */
built_in_broker: boolean, };

export type SignInView = { 
/**
 * The link.
 */
link: string, 
/**
 * How long it is good.
 */
seconds: number, };

export type MqttUserView = { 
/**
 * Where it signs in: `mqtt://127.0.0.1:1883`.
 */
server: string, 
/**
 * Zigbee2MQTT's base topic.
 */
base_topic: string, 
/**
 * Its name.
 */
user: string, 
/**
 * Its password.
 */
password: string, };

export type LocationView = { 
/**
 * Degrees north.
 */
latitude: number, 
/**
 * Degrees east.
 */
longitude: number, };

export type RoomView = { 
/**
 * The slug that files use.
 */
id: string, 
/**
 * What people call it.
 */
name: string, 
/**
 * Labels that selectors match.
 */
labels: Array<string>, };

export type DeviceView = { 
/**
 * The slug that rule files, `/things/{id}`, `get` and `set` use.
 */
id: string, 
/**
 * The internal id that history is keyed by: `zigbee:0x…`.
 */
key: string, 
/**
 * What people call it.
 */
name: string, 
/**
 * The id of its room.
 */
room: string | null, 
/**
 * `light`, `thermostat`, `sensor` …
 */
kind: string, 
/**
 * The adapter: `zigbee2mqtt`, `demo`.
 */
source: string, 
/**
 * Whether it answers.
 */
online: boolean, 
/**
 * `mains`, `battery` or `unknown`.
 */
power: string, 
/**
 * Manufacturer, or empty.
 */
manufacturer: string, 
/**
 * Model, or empty.
 */
model: string, 
/**
 * One sentence from the source, or empty.
 */
description: string, 
/**
 * Firmware version, or empty.
 */
firmware: string, 
/**
 * Why it is not usable yet, or empty.
 */
not_ready: string, 
/**
 * When it was last heard.
 */
heard_at: string | null, 
/**
 * The order of its properties on its page.
 */
order: Array<string>, 
/**
 * Everything that it has, by name.
 */
properties: { [key in string]: PropertyView }, 
/**
 * Named writes such as `open`.
 */
actions: Array<ActionView>, };

export type ActionView = { 
/**
 * `open`, `stop` …
 */
name: string, 
/**
 * The property that it writes.
 */
property: string, 
/**
 * The value that it writes; absent when the caller gives one.
 */
value: unknown, };

export type PropertyView = { 
/**
 * What people read.
 */
label: string, 
/**
 * One sentence from the source, or empty.
 */
description: string, 
/**
 * The unit, or null.
 */
unit: string | null, 
/**
 * It is reported.
 */
readable: boolean, 
/**
 * It can be commanded.
 */
writable: boolean, 
/**
 * `main`, `config` or `diagnostic`.
 */
category: string, 
/**
 * The endpoint, for devices with several of one kind.
 */
endpoint: string | null, 
/**
 * Named values.
 */
presets: Array<PresetView>, 
/**
 * `binary`, `switch`, `number`, `enum`, `text`, `color`, `composite`, `list` or `event`.
 */
type: string, 
/**
 * Least number.
 */
min?: number, 
/**
 * Greatest number.
 */
max?: number, 
/**
 * Smallest step.
 */
step?: number, 
/**
 * The words of an enum or event.
 */
values?: Array<string>, 
/**
 * The parts of a composite.
 */
fields?: Array<FieldView>, 
/**
 * The shape of each item of a list.
 */
item?: ShapeView, 
/**
 * The last known value, or null.
 */
value: unknown, 
/**
 * When it was last reported.
 */
at: string | null, 
/**
 * When it last changed.
 */
changed_at: string | null, 
/**
 * `known`, `stale`, `offline` or `never_seen`.
 */
freshness: string, 
/**
 * Why it last changed, newest link first, each a short sentence.
 */
why: Array<string>, 
/**
 * Who holds it, if anybody.
 */
held: HeldView | null, 
/**
 * A command under way.
 */
pending: PendingView | null, 
/**
 * The last command failed and nothing was confirmed since: the reason.
 */
failed: FailedView | null, };

export type PresetView = { 
/**
 * As people read it.
 */
name: string, 
/**
 * What it stands for.
 */
value: unknown, };

export type ShapeView = { 
/**
 * `binary`, `switch`, `number`, `enum`, `text`, `color`, `composite`, `list` or `event`.
 */
type: string, 
/**
 * Least number.
 */
min?: number, 
/**
 * Greatest number.
 */
max?: number, 
/**
 * Smallest step.
 */
step?: number, 
/**
 * The words of an enum or event.
 */
values?: Array<string>, 
/**
 * The parts of a composite.
 */
fields?: Array<FieldView>, 
/**
 * The shape of each item of a list.
 */
item?: ShapeView, };

export type FieldView = { 
/**
 * The key in the value.
 */
name: string, 
/**
 * What people read.
 */
label: string, 
/**
 * The unit, or null.
 */
unit: string | null, 
/**
 * `binary`, `switch`, `number`, `enum`, `text`, `color`, `composite`, `list` or `event`.
 */
type: string, 
/**
 * Least number.
 */
min?: number, 
/**
 * Greatest number.
 */
max?: number, 
/**
 * Smallest step.
 */
step?: number, 
/**
 * The words of an enum or event.
 */
values?: Array<string>, 
/**
 * The parts of a composite.
 */
fields?: Array<FieldView>, 
/**
 * The shape of each item of a list.
 */
item?: ShapeView, };

export type StateView = { 
/**
 * The last known value, or null.
 */
value: unknown, 
/**
 * When it was last reported.
 */
at: string | null, 
/**
 * When it last changed.
 */
changed_at: string | null, 
/**
 * `known`, `stale`, `offline` or `never_seen`.
 */
freshness: string, 
/**
 * Why it last changed, newest link first, each a short sentence.
 */
why: Array<string>, 
/**
 * Who holds it, if anybody.
 */
held: HeldView | null, 
/**
 * A command under way.
 */
pending: PendingView | null, 
/**
 * The last command failed and nothing was confirmed since: the reason.
 */
failed: FailedView | null, };

export type HeldView = { 
/**
 * In words.
 */
by: string, 
/**
 * True for a person's hand or click; "resume" ends it.
 */
manual: boolean, 
/**
 * Greater wins.
 */
priority: number, 
/**
 * When it ends by itself.
 */
until: string | null, 
/**
 * The rule that wants another value meanwhile, by name, if a person's hand keeps one from it.
 */
over: string | null, };

export type PendingView = { 
/**
 * The command.
 */
command: number, 
/**
 * The wished value.
 */
value: unknown, 
/**
 * `requested` or `sent`.
 */
phase: string, };

export type FailedView = { 
/**
 * The command.
 */
command: number, 
/**
 * In words.
 */
reason: string, 
/**
 * When.
 */
at: string, };

export type RuleView = { 
/**
 * The id.
 */
id: string, 
/**
 * The name.
 */
name: string, 
/**
 * Its file, relative to the automations folder.
 */
file: string, 
/**
 * Its line in the file, from 1.
 */
line: number, 
/**
 * `level` or `edge`.
 */
kind: string, 
/**
 * Whether people have it switched on.
 */
enabled: boolean, 
/**
 * `ok`, `error`, `waiting` (for a device list) or `paused` (it looped).
 */
health: string, 
/**
 * Why it is not `ok`, or empty.
 */
problem: string, 
/**
 * True while it holds something or a run is under way.
 */
active: boolean, 
/**
 * When it last acted.
 */
last_run: string | null, 
/**
 * How that went, in words, or empty.
 */
last_outcome: string, 
/**
 * When it is next due, for clock triggers.
 */
next_run: string | null, 
/**
 * What it wants and does not get, because a person's hand is over it.
 */
held_back: Array<HeldBackView>, };

export type HeldBackView = { 
/**
 * The device's slug.
 */
device: string, 
/**
 * The property.
 */
property: string, 
/**
 * Who holds it, in words.
 */
by: string, 
/**
 * Until when, or null if only "resume" ends it.
 */
until: string | null, };

export type DiagnosticView = { 
/**
 * Stable: `unknown-device`.
 */
code: string, 
/**
 * `error` or `warning`.
 */
severity: string, 
/**
 * What is wrong.
 */
message: string, 
/**
 * What to do, or empty.
 */
help: string, 
/**
 * The file, relative to the automations folder.
 */
file: string, 
/**
 * From 1.
 */
line: number, 
/**
 * From 1, in characters.
 */
column: number, 
/**
 * Where it ends.
 */
end_line: number, 
/**
 * Where it ends, exclusive.
 */
end_column: number, 
/**
 * The line of the file, for showing the place.
 */
source_line: string, 
/**
 * The column at which `source_line` begins: 1 unless the line is long.
 */
source_from: number, };

export type AdapterView = { 
/**
 * `zigbee2mqtt`, `demo`.
 */
id: string, 
/**
 * `connecting`, `waiting`, `online` or `offline`.
 */
state: string, 
/**
 * In words.
 */
detail: string, 
/**
 * Until when new devices may join.
 */
joining_until: string | null, 
/**
 * Whether devices are added through it by opening the network.
 */
can_join: boolean, 
/**
 * Devices on their way in, newest last.
 */
pairing: Array<PairingView>, };

export type PairingView = { 
/**
 * The internal id.
 */
key: string, 
/**
 * The slug, once the device is described.
 */
device: string | null, 
/**
 * What the source calls it; empty if nobody named it yet.
 */
name: string, 
/**
 * `joined`, `interview_started`, `interview_successful`, `interview_failed` or `left`.
 */
step: string, 
/**
 * Manufacturer and model, or empty.
 */
model: string, 
/**
 * Whether the source knows this model.
 */
supported: boolean | null, 
/**
 * When.
 */
at: string, };

export type NoticeView = { 
/**
 * When.
 */
at: string, 
/**
 * `info`, `warning` or `critical`.
 */
level: string, 
/**
 * The text, rendered.
 */
text: string, 
/**
 * The rule that sent it.
 */
rule: string | null, };

export type JournalView = { 
/**
 * When.
 */
at: string, 
/**
 * `rule_ran`, `command_failed` …
 */
kind: string, 
/**
 * One sentence.
 */
text: string, 
/**
 * The device's slug.
 */
device: string | null, 
/**
 * The property.
 */
property: string | null, 
/**
 * The rule.
 */
rule: string | null, 
/**
 * Why, newest link first.
 */
why: Array<string>, };

export type ChangeView = { 
/**
 * When.
 */
at: string, 
/**
 * The device's slug.
 */
device: string, 
/**
 * The property.
 */
property: string, 
/**
 * From, or null.
 */
from: unknown, 
/**
 * To, or null.
 */
to: unknown, 
/**
 * Why, newest link first.
 */
why: Array<string>, };

export type PointView = { 
/**
 * Start of the bucket.
 */
t: string, 
/**
 * Least value in force.
 */
min: number, 
/**
 * Time-weighted mean.
 */
mean: number, 
/**
 * Greatest value in force.
 */
max: number, 
/**
 * How many samples.
 */
n: number, } | { 
/**
 * When.
 */
t: string, 
/**
 * What; null where it became unknown.
 */
value: unknown, };

export type Snapshot = { 
/**
 * The sequence number of the last change in it.
 */
seq: number, 
/**
 * The hub's clock, RFC 3339, so that countdowns are right on a device with a wrong clock.
 */
now: string, 
/**
 * The home.
 */
home: HomeView, 
/**
 * Its rooms, in their order.
 */
rooms: Array<RoomView>, 
/**
 * Its devices.
 */
devices: Array<DeviceView>, 
/**
 * Its rules.
 */
rules: Array<RuleView>, 
/**
 * What is wrong in rule files.
 */
diagnostics: Array<DiagnosticView>, 
/**
 * Its adapters.
 */
adapters: Array<AdapterView>, 
/**
 * The last notices, newest last; 50 at most.
 */
notices: Array<NoticeView>, };

export type Update = { "type": "snapshot", 
/**
 * Everything.
 */
snapshot: Snapshot, } | { "type": "changes", 
/**
 * The number of this message: one more than the last.
 */
seq: number, 
/**
 * In order.
 */
changes: Array<ChangeUpdate>, };

export type ChangeUpdate = { "what": "home", 
/**
 * All of it.
 */
home: HomeView, } | { "what": "rooms", 
/**
 * All of them, in their order.
 */
rooms: Array<RoomView>, } | { "what": "device", 
/**
 * All of it. Its slug may differ from before; `key` stays.
 */
device: DeviceView, } | { "what": "device_removed", 
/**
 * Internal id.
 */
key: string, } | { "what": "property", 
/**
 * Internal id of the device.
 */
key: string, 
/**
 * Name.
 */
property: string, 
/**
 * Its state now.
 */
state: StateView, } | { "what": "happened", 
/**
 * Internal id of the device.
 */
key: string, 
/**
 * Name.
 */
property: string, 
/**
 * What.
 */
value: string, 
/**
 * When.
 */
at: string, } | { "what": "rule", 
/**
 * All of it.
 */
rule: RuleView, } | { "what": "rules", 
/**
 * All rules.
 */
rules: Array<RuleView>, 
/**
 * What is wrong.
 */
diagnostics: Array<DiagnosticView>, } | { "what": "adapter", 
/**
 * All of it.
 */
adapter: AdapterView, } | { "what": "adapter_removed", 
/**
 * Which.
 */
id: string, } | { "what": "notice", 
/**
 * All of it.
 */
notice: NoticeView, } | { "what": "journal", 
/**
 * What was written, in order.
 */
entries: Array<JournalView>, 
/**
 * True if entries before these are left out, because too many came at once: ask for the journal.
 */
gap: boolean, };

export type Request = { "method": "snapshot" } | { "method": "devices" } | { "method": "device", "params": { 
/**
 * Slug.
 */
device: string, } } | { "method": "set_property", "params": { 
/**
 * Slug.
 */
device: string, 
/**
 * Name.
 */
property: string, 
/**
 * Bare value.
 */
value: unknown, } } | { "method": "set_properties", "params": { 
/**
 * Slug.
 */
device: string, 
/**
 * Bare values by name.
 */
values: Record<string, unknown>, } } | { "method": "invoke_action", "params": { 
/**
 * Slug.
 */
device: string, 
/**
 * Name.
 */
action: string, 
/**
 * For actions that take one.
 */
input: unknown, } } | { "method": "resume", "params": { 
/**
 * Slug.
 */
device: string, 
/**
 * Name, or all.
 */
property: string | null, } } | { "method": "rename_device", "params": { 
/**
 * Slug.
 */
device: string, 
/**
 * What people shall call it.
 */
name: string, } } | { "method": "place_device", "params": { 
/**
 * Slug.
 */
device: string, 
/**
 * Room id, or none.
 */
room: string | null, } } | { "method": "remove_device", "params": { 
/**
 * Slug.
 */
device: string, 
/**
 * Also when it does not answer.
 */
force: boolean, } } | { "method": "put_room", "params": { 
/**
 * Which; none makes a new one.
 */
id: string | null, 
/**
 * What people shall call it.
 */
name: string, 
/**
 * Labels for selectors.
 */
labels: Array<string>, } } | { "method": "remove_room", "params": { 
/**
 * Which.
 */
id: string, } } | { "method": "configure", "params": { 
/**
 * What people shall call the home.
 */
name: string, 
/**
 * IANA time zone.
 */
time_zone: string, 
/**
 * Place, or none.
 */
location: LocationView | null, } } | { "method": "permit_join", "params": { 
/**
 * Which adapter.
 */
adapter: string, 
/**
 * How long.
 */
seconds: number, } } | { "method": "rules" } | { "method": "switch_rule", "params": { 
/**
 * Which.
 */
rule: string, 
/**
 * On or off.
 */
enabled: boolean, } } | { "method": "run_rule", "params": { 
/**
 * Which.
 */
rule: string, } } | { "method": "acknowledge", "params": { 
/**
 * Which.
 */
rule: string, } } | { "method": "history", "params": { 
/**
 * `device.property`, by slug.
 */
series: string, 
/**
 * RFC 3339; default 24 h before `to`.
 */
from: string | null, 
/**
 * RFC 3339; default now.
 */
to: string | null, 
/**
 * At most so many points; default 300, at most 5,000.
 */
points: number | null, } } | { "method": "changes", "params": { 
/**
 * Of one device, or of all.
 */
device: string | null, 
/**
 * Of one property.
 */
property: string | null, 
/**
 * Before this time, RFC 3339.
 */
before: string | null, 
/**
 * At most so many; default 50, at most 1,000.
 */
limit: number | null, } } | { "method": "why", "params": { 
/**
 * Slug.
 */
device: string, 
/**
 * Name.
 */
property: string, 
/**
 * RFC 3339; default now.
 */
at: string | null, } } | { "method": "journal", "params": { 
/**
 * Of one device.
 */
device: string | null, 
/**
 * Of one rule.
 */
rule: string | null, 
/**
 * Before this time, RFC 3339.
 */
before: string | null, 
/**
 * At most so many; default 100, at most 1,000.
 */
limit: number | null, } } | { "method": "start_demo" } | { "method": "remove_demo" } | { "method": "addresses" } | { "method": "sign_in_link" } | { "method": "add_mqtt_user", "params": { 
/**
 * The name that it signs in with.
 */
user: string, 
/**
 * `zigbee2mqtt` or `device`.
 */
role: string, 
/**
 * Whether it takes the place of one by that name, whose password ends.
 */
replace: boolean, } };

export type Done = { 
/**
 * Always true.
 */
done: boolean, };

export type SetResult = { 
/**
 * `confirmed`, `sent` (still unanswered, or the property is not reported back) or `unchanged`.
 * Failures are problems: `outranked`, `timed_out`, `failed`, `expired`.
 */
outcome: string, 
/**
 * The commands.
 */
commands: number[], };

export type RulesResult = { 
/**
 * The rules.
 */
rules: Array<RuleView>, 
/**
 * What is wrong, file by file.
 */
diagnostics: Array<DiagnosticView>, };

export type Problem = { 
/**
 * The kind, as a relative reference: `/problems/outranked`.
 */
type: string, 
/**
 * The kind in words, the same for every case of it.
 */
title: string, 
/**
 * HTTP status.
 */
status: number, 
/**
 * Stable, for programs.
 */
code: Code, 
/**
 * This case in words: what, where, what to do.
 */
detail: string, 
/**
 * JSON pointer to the wrong part of the request, or empty.
 */
pointer: string, };

export type Code = "bad_request" | "invalid_value" | "unauthorized" | "forbidden" | "not_found" | "exists" | "read_only" | "method_not_allowed" | "outranked" | "timed_out" | "failed" | "expired" | "not_connected" | "too_large" | "internal";
