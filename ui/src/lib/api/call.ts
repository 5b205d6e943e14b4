/** The typed call: each method of the API with what it answers. Requests and records come from generated.ts. */
import type {
  AddressesView,
  ChangeView,
  DeviceView,
  Done,
  JournalView,
  MqttUserView,
  PointView,
  Request,
  RoomView,
  RulesResult,
  SetResult,
  SignInView,
  Snapshot,
} from './generated';

/** What each method answers, as documented in crates/lares-hub/src/api/request.rs. */
export interface Answers {
  snapshot: Snapshot;
  devices: DeviceView[];
  device: DeviceView;
  set_property: SetResult;
  set_properties: SetResult;
  invoke_action: SetResult;
  resume: Done;
  rename_device: DeviceView;
  place_device: Done;
  remove_device: Done;
  put_room: RoomView;
  remove_room: Done;
  configure: Done;
  permit_join: Done;
  rules: RulesResult;
  switch_rule: Done;
  run_rule: Done;
  acknowledge: Done;
  history: PointView[];
  changes: ChangeView[];
  why: ChangeView[];
  journal: JournalView[];
  start_demo: Done;
  remove_demo: Done;
  addresses: AddressesView;
  sign_in_link: SignInView;
  add_mqtt_user: MqttUserView;
}

export type Method = Request['method'];

type Full<M extends Method> = Extract<Request, { method: M }> extends { params: infer P } ? P : undefined;

/** Parameters that may be left out: those that may be null. */
type Optional<P> = { [K in keyof P as null extends P[K] ? K : never]?: P[K] } & {
  [K in keyof P as null extends P[K] ? never : K]: P[K];
};

export type Params<M extends Method> = Full<M> extends undefined ? undefined : Optional<Full<M>>;

/** Makes the request that the wire carries. */
export function request<M extends Method>(method: M, params?: Params<M>): Request {
  return (params === undefined ? { method } : { method, params }) as Request;
}

// A method without an answer, or the other way round, does not compile.
type Missing = Exclude<Method, keyof Answers> | Exclude<keyof Answers, Method>;
export const complete: [Missing] extends [never] ? true : never = true;
