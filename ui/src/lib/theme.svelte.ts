/** Light, dark, or what the system says; kept in this browser. */
export type Theme = 'system' | 'light' | 'dark';
export const THEMES: Theme[] = ['system', 'light', 'dark'];

const KEY = 'lares.theme';

class ThemeChoice {
  choice = $state<Theme>(read());
  private readonly system = matchMedia('(prefers-color-scheme: dark)');
  private systemDark = $state(this.system.matches);

  constructor() {
    this.system.addEventListener('change', (event) => {
      this.systemDark = event.matches;
      this.apply();
    });
    this.apply();
  }

  get dark(): boolean {
    return this.choice === 'dark' || (this.choice === 'system' && this.systemDark);
  }

  choose(theme: Theme): void {
    this.choice = theme;
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // Without storage the choice holds until the page is left.
    }
    this.apply();
  }

  private apply(): void {
    document.documentElement.dataset.theme = this.dark ? 'dark' : 'light';
  }
}

function read(): Theme {
  try {
    const saved = localStorage.getItem(KEY);
    return THEMES.find((theme) => theme === saved) ?? 'system';
  } catch {
    return 'system';
  }
}

export const theme = new ThemeChoice();
