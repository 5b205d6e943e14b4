/** Tells when an element comes near the view and leaves it, with one observer for all. */
type Seen = (visible: boolean) => void;

const MARGIN = '400px 0px';
const watched = new WeakMap<Element, Seen>();
let observer: IntersectionObserver | undefined;

function watch(): IntersectionObserver {
  return (observer ??= new IntersectionObserver(
    (entries) => {
      for (const entry of entries) watched.get(entry.target)?.(entry.isIntersecting);
    },
    { rootMargin: MARGIN },
  ));
}

/** An attachment for `{@attach …}`. Without IntersectionObserver everything counts as visible. */
export function whenVisible(seen: Seen): (element: Element) => () => void {
  return (element) => {
    if (typeof IntersectionObserver === 'undefined') {
      seen(true);
      return () => {};
    }
    watched.set(element, seen);
    watch().observe(element);
    return () => {
      watch().unobserve(element);
      watched.delete(element);
    };
  };
}
