/** What a server says in the middle of its log, as a sentence of its own. */
export function sentence(said: string): string {
  return said.charAt(0).toUpperCase() + said.slice(1);
}
