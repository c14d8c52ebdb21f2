import { count, counted } from "@/lib/numbers";

export const upload = {
  drop: { title: "Drop to upload", text: "Videos, pictures, or folders of them." },
  leftOut: (many: number) =>
    `${counted(many, "file")} in the folder ${many === 1 ? "is" : "are"} no video or picture and ${many === 1 ? "was" : "were"} left out.`,
  nothing: "There is no video or picture in it.",
  tray: {
    label: "Uploads",
    count: (done: number, all: number) => `${count(done)} of ${count(all)} uploaded`,
    refused: (many: number) => `${count(many)} refused`,
    hide: "Fold the uploads",
    show: "Unfold the uploads",
    close: "Close the uploads",
    progress: (name: string) => `Upload of ${name}`,
    all: "All uploads",
    more: (many: number) => `And ${count(many)} more.`,
    pauseAll: "Pause all",
    goOnAll: "Go on with all",
  },
  item: {
    waiting: "Waiting",
    starting: "Beginning",
    sending: (share: string, speed: string, left: string) =>
      [share, speed, left].filter(Boolean).join(" · "),
    part: (share: string, size: string) => `${share} of ${size}`,
    speed: (bytes: string) => `${bytes}/s`,
    left: (time: string) => `${time} left`,
    reading: "Sent. The server reads it.",
    paused: (share: string) => `Paused at ${share}`,
    away: (share: string) => `At ${share}. The server does not answer; it goes on by itself.`,
    done: "In the library",
    resumed: (share: string) => `Goes on from ${share}, where it was cut off.`,
    open: (name: string) => `Open ${name}`,
    pause: (name: string) => `Pause ${name}`,
    goOn: (name: string) => `Go on with ${name}`,
    cancel: (name: string) => `Cancel ${name}`,
    retry: (name: string) => `Try ${name} again`,
    remove: (name: string) => `Remove ${name} from the list`,
  },
  unfinished: {
    text: (name: string) => `${name} was not finished. Drop the same file again and it goes on.`,
    forget: (name: string) => `Give up ${name}`,
  },
  refused: {
    login: "You are not logged in any more.",
    status: (status: number) => `The server answered ${status}.`,
    unread: "The file cannot be read any more. Was it moved or changed?",
  },
} as const;
