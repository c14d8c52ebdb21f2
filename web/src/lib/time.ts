/** Times as people read them: `1:02:03.4` everywhere. */

/** Seconds as `0:12.4`, `1:02:03.4`. `digits` after the point; they are cut, not rounded. */
export function timecode(seconds: number, digits = 1): string {
  const unit = 10 ** digits;
  // A hair more, as 12.3 is held as 12.299999.
  const ticks = Math.floor(Math.max(0, seconds) * unit + 1e-6);
  const whole = Math.floor(ticks / unit);
  const [hours, minutes, rest] = [
    Math.floor(whole / 3600),
    Math.floor(whole / 60) % 60,
    whole % 60,
  ];
  const head = hours ? `${hours}:${String(minutes).padStart(2, "0")}` : String(minutes);
  const tail = digits ? `.${String(ticks % unit).padStart(digits, "0")}` : "";
  return `${head}:${String(rest).padStart(2, "0")}${tail}`;
}

/** How long something takes, in words: `8 s`, `2 min`, `3 h 10 min`. */
export function duration(seconds: number): string {
  if (seconds < 1) return "under 1 s";
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
}

/** A moment of the day, as the reader's own clock and calendar say it. */
export function moment(iso: string): string {
  return new Date(iso).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

/** How long ago, in words; the date once it is more than a week. */
export function ago(iso: string, now = Date.now()): string {
  const seconds = Math.max(0, (now - Date.parse(iso)) / 1000);
  if (seconds < 45) return "just now";
  if (seconds < 3600) return `${Math.max(1, Math.round(seconds / 60))} min ago`;
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h ago`;
  if (seconds < 7 * 86_400) return `${Math.round(seconds / 86_400)} d ago`;
  return new Date(iso).toLocaleDateString(undefined, { dateStyle: "medium" });
}
