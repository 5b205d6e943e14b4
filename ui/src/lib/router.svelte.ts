/** A small hash router: `#/device/hall_light`. Works the same from tauri://, file servers and the hub. */
export type Route =
  | { view: 'home' }
  | { view: 'device'; id: string }
  | { view: 'automations' }
  | { view: 'journal'; device: string | null }
  | { view: 'settings' }
  | { view: 'add' };

export function parse(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const [view, id] = path.split('/').map(decode);
  switch (view) {
    case 'device':
      return id ? { view, id } : { view: 'home' };
    case 'journal':
      return { view, device: new URLSearchParams(query).get('device') };
    case 'automations':
    case 'settings':
    case 'add':
      return { view };
    default:
      return { view: 'home' };
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function href(route: Route): string {
  switch (route.view) {
    case 'home':
      return '#/';
    case 'device':
      return `#/device/${encodeURIComponent(route.id)}`;
    case 'journal':
      return route.device ? `#/journal?device=${encodeURIComponent(route.device)}` : '#/journal';
    default:
      return `#/${route.view}`;
  }
}

class Router {
  route = $state.raw<Route>(parse(location.hash));
  /** Where Home was scrolled to, so that going back does not lose the place. */
  private readonly places = new Map<string, number>();

  constructor() {
    addEventListener('hashchange', (event) => {
      this.places.set(new URL(event.oldURL).hash, scrollY);
      this.route = parse(location.hash);
      const place = this.places.get(location.hash) ?? 0;
      requestAnimationFrame(() => scrollTo(0, place));
    });
  }

  go(route: Route): void {
    location.hash = href(route);
  }
}

export const router = new Router();
