// A stand-in for the hub while working on the window: serves ui/dist and the fixture, confirms commands after a
// moment, refuses some, moves sensors, plays a pairing. It knows nothing of the real hub's rules.
//
//   npm run build && npm run fake-hub [-- --port 8430 --devices 500 --empty --quiet]
//
// Any code signs in. Commands to the fridge's plug fail; the bathroom does not answer.

import { createReadStream, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { WebSocketServer } from 'ws';

const UI = fileURLToPath(new URL('..', import.meta.url));
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
const CSP = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:";
const CONFIRM_MS = 350;

/** The fixture, moved so that its "now" is now. */
function load() {
  const text = readFileSync(join(UI, 'tests/fixtures/snapshot.json'), 'utf8');
  const shift = Date.now() - Date.parse(JSON.parse(text).now);
  return JSON.parse(text, (_, value) =>
    typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)
      ? new Date(Date.parse(value) + shift).toISOString()
      : value,
  );
}

function multiply(home, count) {
  const models = home.devices.filter((device) => device.online && Object.keys(device.properties).length > 0);
  home.devices = Array.from({ length: count }, (_, index) => {
    const device = structuredClone(models[index % models.length]);
    return {
      ...device,
      id: `${device.id}_${index}`,
      key: `${device.key}-${index}`,
      name: `${device.name} ${index}`,
    };
  });
}

function problem(status, code, detail) {
  return Object.assign(new Error(detail), {
    problem: { type: `/problems/${code}`, title: code, status, code, detail, pointer: '' },
  });
}

export function start({ port = 8430, devices = 0, empty = false, waits = false, quiet = false } = {}) {
  const home = load();
  if (devices > 0) multiply(home, devices);
  if (empty) Object.assign(home, { devices: [], rooms: [], rules: [], diagnostics: [], notices: [] });
  if (empty) home.home.demo = false;
  if (empty) for (const adapter of home.adapters) adapter.state = 'waiting';
  let seq = home.seq;
  let command = 100;
  const changes = [];
  const timers = [];
  const sockets = new Set();

  const find = (id) => {
    const device = home.devices.find((candidate) => candidate.id === id);
    if (!device) throw problem(404, 'not_found', `There is no device \`${id}\`.`);
    return device;
  };
  const later = (ms, work) => timers.push(setTimeout(work, ms));
  const change = (one) => changes.push(one);

  function put(device, name, patch) {
    const property = device.properties[name];
    if (!property) return;
    const { value, at, changed_at, freshness, why, held, pending, failed } = Object.assign(property, patch);
    const state = { value, at, changed_at, freshness, why, held, pending, failed };
    change({ what: 'property', key: device.key, property: name, state });
  }

  function report(device, name, value, why = []) {
    const now = new Date().toISOString();
    put(device, name, {
      value,
      at: now,
      changed_at: now,
      freshness: 'known',
      why,
      pending: null,
      failed: null,
    });
  }

  async function set(device, values) {
    const number = ++command;
    for (const [name, value] of Object.entries(values)) {
      if (!device.properties[name]?.writable)
        throw problem(405, 'read_only', `${device.name} cannot be told ${name}.`);
      put(device, name, { pending: { command: number, value, phase: 'sent' }, failed: null });
    }
    await new Promise((resolve) => later(CONFIRM_MS, resolve));
    if (device.id.startsWith('fridge_plug')) {
      const reason = 'The device did not confirm within 10 s.';
      const at = new Date().toISOString();
      for (const name of Object.keys(values))
        put(device, name, { pending: null, failed: { command: number, reason, at } });
      throw problem(504, 'timed_out', reason);
    }
    for (const [name, value] of Object.entries(values)) {
      if (device.properties[name].pending?.command !== number)
        throw problem(409, 'expired', 'A newer command replaced it.');
      report(device, name, value, ['You clicked']);
    }
    return { outcome: 'confirmed', commands: [number] };
  }

  function history({ series, from, to, points = 300 }) {
    const [id, name] = series.split('.');
    const property = find(id).properties[name];
    const end = to ? Date.parse(to) : Date.now();
    const begin = from ? Date.parse(from) : end - 86_400_000;
    const seed = [...series].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
    const count = Math.min(points, 96);
    const steps = Array.from({ length: count }, (_, index) => begin + ((end - begin) * index) / count);
    if (property.type !== 'number') {
      const on =
        property.type === 'switch'
          ? ['off', 'on']
          : property.type === 'binary'
            ? [false, true]
            : property.values;
      return steps
        .filter((_, index) => index % 5 === 0)
        .map((t, index) => ({
          t: new Date(t).toISOString(),
          value: on[(index * 7 + seed) % 3 === 0 ? 1 : 0],
        }));
    }
    const base = typeof property.value === 'number' ? property.value : 20;
    return steps.map((t) => {
      const day =
        Math.sin(t / 13_750_000 + seed) * base * 0.06 + Math.sin(t / 2_100_000 + seed * 3) * base * 0.02;
      const mean = base + day;
      return { t: new Date(t).toISOString(), min: mean - base * 0.01, mean, max: mean + base * 0.012, n: 12 };
    });
  }

  function pair(adapter) {
    const key = 'zigbee:0x00158d00000000ff';
    const step = (name, extra = {}) => {
      const at = new Date().toISOString();
      const pairing = {
        key,
        device: null,
        name: '0x00158d00000000ff',
        step: name,
        model: '',
        supported: null,
        at,
        ...extra,
      };
      adapter.pairing = [pairing];
      change({ what: 'adapter', adapter });
    };
    later(2500, () => step('joined'));
    later(4000, () => step('interview_started'));
    later(6500, () => {
      const device = structuredClone(load().devices[4]);
      Object.assign(device, { key, id: 'd_0x00158d00000000ff', name: '0x00158d00000000ff', room: null });
      home.devices.push(device);
      change({ what: 'device', device });
      step('interview_successful', { device: device.id, model: 'Lumen & Co LM-105', supported: true });
    });
  }

  const slug = (name) => name.toLowerCase().replace(/[^a-z0-9]+/g, '_');
  const described = (device) => change({ what: 'device', device });
  const roomsChanged = () => change({ what: 'rooms', rooms: home.rooms });
  const DONE = { done: true };

  const methods = {
    snapshot: () => ({ ...home, seq, now: new Date().toISOString() }),
    devices: () => home.devices,
    device: ({ device }) => find(device),
    set_property: ({ device, property, value }) => set(find(device), { [property]: value }),
    set_properties: ({ device, values }) => set(find(device), values),
    invoke_action: ({ device, action, input }) => {
      const found = find(device);
      const described = found.actions.find((candidate) => candidate.name === action);
      if (!described) throw problem(404, 'not_found', `${found.name} has no action ${action}.`);
      if (described.name === 'open') later(900, () => report(found, 'position', 100));
      if (described.name === 'close') later(900, () => report(found, 'position', 0));
      return set(found, { [described.property]: described.value ?? input });
    },
    resume: ({ device, property }) => {
      const found = find(device);
      for (const name of property ? [property] : Object.keys(found.properties))
        put(found, name, { held: null });
      return DONE;
    },
    rename_device: ({ device, name }) => {
      const found = Object.assign(find(device), { name, id: slug(name) });
      described(found);
      return found;
    },
    place_device: ({ device, room }) => {
      described(Object.assign(find(device), { room }));
      return DONE;
    },
    remove_device: ({ device }) => {
      const found = find(device);
      home.devices = home.devices.filter((candidate) => candidate !== found);
      change({ what: 'device_removed', key: found.key });
      return DONE;
    },
    put_room: ({ id, name, labels }) => {
      const known = home.rooms.find((room) => room.id === id);
      const room = known ?? { id: slug(name), name, labels };
      Object.assign(room, { name, labels });
      if (!known) home.rooms.push(room);
      roomsChanged();
      return room;
    },
    remove_room: ({ id }) => {
      home.rooms = home.rooms.filter((room) => room.id !== id);
      roomsChanged();
      return DONE;
    },
    configure: (values) => {
      Object.assign(home.home, values);
      change({ what: 'home', home: { ...home.home } });
      return DONE;
    },
    addresses: () => ({ http: `127.0.0.1:${port}`, mqtt: '127.0.0.1:1883', built_in_broker: true }),
    add_mqtt_user: ({ user, replace }) => {
      if (home.mqttUser && !replace)
        throw problem(409, 'exists', 'there is an MQTT user by that name already');
      home.mqttUser = true;
      // Somebody puts it into the configuration and starts Zigbee2MQTT.
      const [adapter] = home.adapters;
      if (!waits)
        later(6000, () => {
          change({
            what: 'adapter',
            adapter: Object.assign(adapter, { state: 'online', detail: 'Zigbee2MQTT' }),
          });
        });
      return {
        server: 'mqtt://127.0.0.1:1883',
        base_topic: 'zigbee2mqtt',
        user,
        password: 'q3wJkX9vR2_7bYc0TfLm1sEoHd5uGzAnPiV8-4NtKxM',
      };
    },
    permit_join: ({ adapter, seconds }) => {
      const found = home.adapters.find((candidate) => candidate.id === adapter);
      found.joining_until = seconds > 0 ? new Date(Date.now() + seconds * 1000).toISOString() : null;
      change({ what: 'adapter', adapter: found });
      if (seconds > 0 && found.pairing.length === 0) pair(found);
      return DONE;
    },
    rules: () => ({ rules: home.rules, diagnostics: home.diagnostics }),
    switch_rule: ({ rule, enabled }) => {
      const found = home.rules.find((candidate) => candidate.id === rule);
      Object.assign(found, { enabled, health: found.health === 'paused' && enabled ? 'ok' : found.health });
      change({ what: 'rule', rule: { ...found } });
      return DONE;
    },
    run_rule: ({ rule }) => {
      const found = home.rules.find((candidate) => candidate.id === rule);
      Object.assign(found, { last_run: new Date().toISOString(), last_outcome: 'done: 1 step' });
      change({ what: 'rule', rule: { ...found } });
      return DONE;
    },
    acknowledge: () => DONE,
    history,
    changes: ({ device, limit = 50 }) =>
      Array.from({ length: Math.min(limit, 30) }, (_, index) => {
        const found = device ? find(device) : home.devices[index % home.devices.length];
        const names = Object.keys(found.properties);
        const name = names[index % Math.max(1, names.length)];
        const why =
          index % 3 ? ['Rule “Hall light on motion”', 'hall_motion.motion became true'] : ['Ada clicked'];
        return {
          at: new Date(Date.now() - index * 700_000).toISOString(),
          device: found.id,
          property: name,
          from: null,
          to: found.properties[name]?.value ?? null,
          why,
        };
      }),
    why: () => [],
    journal: ({ device, before, limit = 100 }) => {
      if (before) return [];
      const kinds = [
        ['rule_ran', 'Hall light on motion held hall_light.state = on', ['hall_motion.motion became true']],
        ['manual_override', 'Ada took over Radiator: target temperature 21.5 °C', []],
        ['command_failed', 'Fridge did not confirm state = off within 10 s', ['Ada clicked']],
        ['notify', 'Water at Under the sink in Kitchen', ['Rule “Water leak”']],
        ['device', 'Shower sensor joined', []],
        ['home', 'Lares started: 30 devices, 7 rules', []],
      ];
      return Array.from({ length: Math.min(limit, 60) }, (_, index) => {
        const [kind, text, why] = kinds[index % kinds.length];
        const at = new Date(Date.now() - index * 1_300_000 - 20_000).toISOString();
        return {
          at,
          kind,
          text,
          device: device ?? (index % 2 ? 'hall_light' : null),
          property: null,
          rule: null,
          why,
        };
      });
    },
    start_demo: () => {
      const demo = load();
      for (const device of demo.devices) (home.devices.push(device), described(device));
      home.rooms = demo.rooms;
      roomsChanged();
      home.home.demo = true;
      change({ what: 'home', home: { ...home.home } });
      return DONE;
    },
    remove_demo: () => {
      for (const device of home.devices) change({ what: 'device_removed', key: device.key });
      home.devices = [];
      home.rooms = [];
      roomsChanged();
      home.home.demo = false;
      change({ what: 'home', home: { ...home.home } });
      return DONE;
    },
  };

  async function call(request, response) {
    let text = '';
    for await (const part of request) text += part;
    const { method, params = {} } = JSON.parse(text);
    const supplied = Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined));
    for (const name of ['from', 'to', 'points', 'limit', 'before'])
      if (supplied[name] === null) delete supplied[name];
    try {
      const result = await methods[method](supplied);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ result }));
    } catch (thrown) {
      const document = thrown.problem ?? problem(500, 'internal', String(thrown)).problem;
      response
        .writeHead(document.status, { 'content-type': 'application/problem+json' })
        .end(JSON.stringify(document));
    }
  }

  function file(request, response) {
    const wanted = normalize(decodeURIComponent(new URL(request.url, 'http://x').pathname)).replace(
      /^([/\\]|\.\.)+/,
      '',
    );
    const path = join(UI, 'dist', wanted || 'index.html');
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return response.writeHead(404).end();
    response.writeHead(200, {
      'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
      'content-security-policy': CSP,
    });
    createReadStream(path).pipe(response);
  }

  const server = createServer((request, response) => {
    if (request.url === '/healthz') return response.end('ok');
    if (request.method === 'POST' && request.url === '/api/v1/sign-in') {
      return response
        .writeHead(200, { 'content-type': 'application/json' })
        .end('{"token":"fake","role":"admin"}');
    }
    if (request.method === 'POST' && request.url === '/api/v1/call') {
      if (!/^Bearer .+/.test(request.headers.authorization ?? '')) {
        const document = problem(401, 'unauthorized', 'Sign in first.').problem;
        return response
          .writeHead(401, { 'content-type': 'application/problem+json' })
          .end(JSON.stringify(document));
      }
      return void call(request, response);
    }
    return file(request, response);
  });

  new WebSocketServer({ server, path: '/api/v1/updates', handleProtocols: () => 'lares' }).on(
    'connection',
    (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.send(JSON.stringify({ type: 'snapshot', snapshot: methods.snapshot() }));
    },
  );

  timers.push(
    setInterval(() => {
      if (changes.length === 0) return;
      const message = JSON.stringify({ type: 'changes', seq: ++seq, changes: changes.splice(0) });
      for (const socket of sockets) socket.send(message);
    }, 50),
  );
  if (!quiet) {
    timers.push(
      setInterval(
        () => {
          for (let index = 0; index < Math.max(1, devices / 50); index += 1) {
            const device = home.devices[Math.floor(Math.random() * home.devices.length)];
            const name = ['temperature', 'power', 'humidity'].find(
              (each) => typeof device?.properties[each]?.value === 'number',
            );
            if (!name || !device.online) continue;
            const value = device.properties[name].value;
            report(device, name, Number((value + (Math.random() - 0.5) * value * 0.02).toFixed(2)));
          }
          const remote = home.devices.find((device) => device.id === 'bed_remote');
          if (remote && Math.random() < 0.05) {
            change({
              what: 'happened',
              key: remote.key,
              property: 'action',
              value: 'double',
              at: new Date().toISOString(),
            });
          }
        },
        devices > 0 ? 50 : 700,
      ),
    );
  }

  return new Promise((resolve) => {
    server.listen(port, '127.0.0.1', () => {
      resolve({
        port: server.address().port,
        home,
        change,
        close: () => {
          for (const timer of timers) (clearTimeout(timer), clearInterval(timer));
          for (const socket of sockets) socket.terminate();
          server.close();
          server.closeAllConnections();
        },
      });
    });
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const value = (name) => process.argv[process.argv.indexOf(name) + 1];
  const has = (name) => process.argv.includes(name);
  const hub = await start({
    port: has('--port') ? Number(value('--port')) : 8430,
    devices: has('--devices') ? Number(value('--devices')) : 0,
    empty: has('--empty'),
    quiet: has('--quiet'),
  });
  console.log(`http://127.0.0.1:${hub.port}/#code=any`);
}
