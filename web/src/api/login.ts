/** The way to the log-in, which leads back to where one was. */
export function loginFrom(at: { pathname: string; search: string }): string {
  const wanted = at.pathname + at.search;
  return wanted === "/" ? "/login" : `/login?next=${encodeURIComponent(wanted)}`;
}
