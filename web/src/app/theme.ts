/** The look of everything: one accent, small radii, tabular numbers. */
import { type CSSVariablesResolver, createTheme, Menu } from "@mantine/core";

export const theme = createTheme({
  primaryColor: "cyan",
  primaryShade: 9,
  defaultRadius: "sm",
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', Menlo, Consolas, monospace",
  headings: { fontWeight: "600" },
  respectReducedMotion: true,
  cursorType: "pointer",
  components: {
    Menu: Menu.extend({
      defaultProps: {
        // It holds its items and nothing else: one of them has the focus as soon as it is open.
        withInitialFocusPlaceholder: false,
        // Beside its button, where it is read, and not at the end of the document.
        withinPortal: false,
        floatingStrategy: "fixed",
      },
    }),
    MenuDivider: Menu.Divider.extend({ defaultProps: { role: "separator" } }),
  },
});

/** Colours that have a meaning here, for both schemes. Use these, never a literal colour. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: { "--rail-width": "64px" },
  light: {
    "--surface": "#ffffff",
    "--surface-2": "#f4f6f8",
    "--surface-3": "#e9edf0",
    "--line": "#d5dbe1",
    "--ink": "#16191d",
    "--ink-2": "#4d5761",
    "--hatch": "#8a949e",
    "--asked": "#0b7285",
    "--shared": "#66b2c0",
    "--good": "#20722f",
    "--warn": "#925500",
    "--bad": "#b3261e",
    "--mantine-color-anchor": "#0b7285",
    "--mantine-color-error": "#b3261e",
    "--mantine-color-dimmed": "#4d5761",
    "--mantine-color-placeholder": "#5b6570",
  },
  dark: {
    "--surface": "#14171a",
    "--surface-2": "#1b1f23",
    "--surface-3": "#252a30",
    "--line": "#343b43",
    "--ink": "#e8ebee",
    "--ink-2": "#a5afb9",
    "--hatch": "#7d8790",
    "--asked": "#3bb3c9",
    "--shared": "#23697a",
    "--good": "#69c779",
    "--warn": "#e9b44c",
    "--bad": "#ff8a80",
    "--mantine-color-body": "#14171a",
    "--mantine-color-text": "#e8ebee",
    "--mantine-color-anchor": "#3bb3c9",
    "--mantine-color-error": "#ff8a80",
    "--mantine-color-dimmed": "#a5afb9",
    "--mantine-color-placeholder": "#98a3ad",
  },
});
