/** What Zigbee2MQTT is told of Lares, in its own configuration's form. */
import type { MqttUserView } from '../lib/api/generated';

/** The `mqtt:` section of Zigbee2MQTT's configuration.yaml. */
export function mqttSection({ server, base_topic, user, password }: MqttUserView): string {
  const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
  return [
    'mqtt:',
    `  base_topic: ${quoted(base_topic)}`,
    `  server: ${quoted(server)}`,
    `  user: ${quoted(user)}`,
    `  password: ${quoted(password)}`,
    '',
  ].join('\n');
}
