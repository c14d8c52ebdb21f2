/** Leads the keyboard to what is current among the media. */
export function focusShelf(): void {
  document.querySelector<HTMLElement>("#shelf [data-index][tabindex='0']")?.focus();
}
