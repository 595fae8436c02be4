/// <reference lib="dom" />
/** Light or dark: as the system says, or as chosen. */
import { html, type TemplateResult } from "lit-html";

const THEMES = ["system", "light", "dark"] as const;

/** Applies the theme that was chosen before. */
export function applyTheme(theme: string = localStorage.getItem("theme") ?? "system"): void {
  if (theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
}

/** Shows the switch. */
export function themeSwitch(changed: () => void): TemplateResult {
  const chosen = localStorage.getItem("theme") ?? "system";
  const choose = (event: Event): void => {
    const theme = (event.target as HTMLSelectElement).value;
    localStorage.setItem("theme", theme);
    applyTheme(theme);
    changed();
  };
  return html`<label class="theme"><span class="hidden">Theme</span>
    <select @change=${choose}>${
    THEMES.map((theme) =>
      html`<option value=${theme} ?selected=${theme === chosen}>${theme}</option>`
    )
  }</select>
  </label>`;
}
