/** The strip "needs attention": what a person should look at, worst first. */
import type { DiagnosticView, NoticeView, RuleView } from './api/generated';
import { isBatteryLow } from './meaning';
import { href } from './router.svelte';
import type { Device } from './store/device.svelte';
import { m } from './text';
import { asOn } from './values';

export type Severity = 'critical' | 'warning';
export type Sign = 'leak' | 'smoke' | 'gas' | 'alert' | 'offline' | 'battery' | 'rule';

export interface Attention {
  id: string;
  severity: Severity;
  sign: Sign;
  title: string;
  detail: string;
  href: string | null;
  /** The rule whose notice can be acknowledged. */
  rule: string | null;
}

const ALARMS: [base: string, sign: Sign, title: string][] = [
  ['water_leak', 'leak', m.attention.leak],
  ['smoke', 'smoke', m.attention.smoke],
  ['gas', 'gas', m.attention.gas],
  ['tamper', 'alert', m.attention.tamper],
];

/** More than this many of one sort become one entry. */
const SINGLE_MAX = 3;
/** A notice is news for this long. */
const NOTICE_MS = 3_600_000;

interface Sources {
  devices: Device[];
  rules: RuleView[];
  diagnostics: DiagnosticView[];
  notices: NoticeView[];
  troubles: string[];
  roomName: (device: Device) => string;
  now: number;
}

export function attention(sources: Sources): Attention[] {
  const { devices, roomName } = sources;
  const found: Attention[] = [...alarms(devices, roomName), ...notices(sources)];
  for (const trouble of sources.troubles) {
    found.push({
      id: `trouble:${trouble}`,
      severity: 'critical',
      sign: 'alert',
      title: trouble,
      detail: '',
      href: '#/settings',
      rule: null,
    });
  }
  const failed = devices.filter((device) => device.failure !== null);
  for (const device of failed) {
    found.push(entry('failed', 'alert', device, m.attention.failed, device.failure?.reason ?? ''));
  }
  const offline = devices.filter((device) => !device.online);
  found.push(
    ...grouped('offline', 'offline', offline, m.attention.offline, m.attention.offlineMany, roomName),
  );
  const low = devices.filter((device) => device.online && isBatteryLow(device));
  found.push(
    ...grouped('battery', 'battery', low, m.attention.batteryLow, m.attention.batteryMany, roomName),
  );
  found.push(...ruleTroubles(sources.rules, sources.diagnostics));
  return found;
}

function alarms(devices: Device[], roomName: (device: Device) => string): Attention[] {
  const found: Attention[] = [];
  for (const device of devices) {
    for (const property of device.properties.values()) {
      const alarm = ALARMS.find(([base]) => base === property.base);
      if (!alarm || property.view.type !== 'binary' || asOn(property.state.value) !== true) continue;
      const [base, sign, title] = alarm;
      found.push({
        ...entry(base, sign, device, title, roomName(device)),
        severity: base === 'tamper' ? 'warning' : 'critical',
      });
    }
  }
  return found;
}

function notices({ notices, now }: Sources): Attention[] {
  const news = notices.filter((notice) => notice.level !== 'info' && now - Date.parse(notice.at) < NOTICE_MS);
  // A repeated notice is one thing to attend to.
  const byText = new Map(news.map((notice) => [notice.text, notice]));
  return [...byText.values()].reverse().map((notice) => ({
    id: `notice:${notice.text}:${notice.at}`,
    severity: notice.level === 'critical' ? 'critical' : 'warning',
    sign: 'alert',
    title: notice.text,
    detail: '',
    href: null,
    rule: notice.rule,
  }));
}

function ruleTroubles(rules: RuleView[], diagnostics: DiagnosticView[]): Attention[] {
  const found: Attention[] = [];
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
  const [first] = errors;
  if (first) {
    found.push({
      id: 'rules',
      severity: 'warning',
      sign: 'rule',
      title: m.attention.ruleErrors(errors.length),
      detail: `${first.file}:${first.line}`,
      href: '#/automations',
      rule: null,
    });
  }
  for (const rule of rules.filter((rule) => rule.health === 'paused')) {
    found.push({
      id: `paused:${rule.id}`,
      severity: 'warning',
      sign: 'rule',
      title: m.attention.rulePaused,
      detail: rule.name,
      href: '#/automations',
      rule: null,
    });
  }
  return found;
}

function entry(what: string, sign: Sign, device: Device, title: string, detail: string): Attention {
  const where = detail ? `${device.name} · ${detail}` : device.name;
  return {
    id: `${what}:${device.key}`,
    severity: 'warning',
    sign,
    title,
    detail: where,
    href: href({ view: 'device', id: device.id }),
    rule: null,
  };
}

function grouped(
  what: string,
  sign: Sign,
  devices: Device[],
  title: string,
  many: (n: number) => string,
  roomName: (device: Device) => string,
): Attention[] {
  const [first] = devices;
  if (!first) return [];
  if (devices.length <= SINGLE_MAX)
    return devices.map((device) => entry(what, sign, device, title, roomName(device)));
  const names = devices.slice(0, SINGLE_MAX).map((device) => device.name);
  return [
    {
      ...entry(what, sign, first, many(devices.length), ''),
      id: what,
      detail: `${names.join(', ')} …`,
      href: `#/journal`,
    },
  ];
}
