/** Which address shows which page. Each page is loaded when it is first wanted. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from "@tanstack/react-router";

import { patiently } from "@/api/parts";
import type { CompareSearch, LibrarySearch, MediaSearch, RunsSearch } from "@/app/addresses";
import { NotFound } from "@/app/NotFound";
import { PageFailed } from "@/app/PageFailed";
import { Shell } from "@/app/Shell";

/** A page is waited for when the server is away, as all parts are. */
function page<T extends Record<string, unknown>, Name extends keyof T>(
  load: () => Promise<T>,
  name: Name,
) {
  return lazyRouteComponent(() => patiently(load), name);
}

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

function text(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

function texts(value: unknown): string[] | undefined {
  const all = Array.isArray(value) ? value : [value];
  const found = all.map(text).filter((one) => one !== undefined);
  return found.length ? found : undefined;
}

/** Leaves out what is undefined, so that addresses stay short. */
function given<T extends object>(search: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(search).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
}

const library = createRoute({
  getParentRoute: () => root,
  path: "/",
  validateSearch: (search: Record<string, unknown>): LibrarySearch =>
    given({
      q: text(search.q),
      tag: texts(search.tag),
      state: texts(search.state),
      kind: texts(search.kind),
      sort: text(search.sort),
      view: text(search.view),
    }) as LibrarySearch,
  component: page(() => import("@/features/library/LibraryPage"), "LibraryPage"),
});

const media = createRoute({
  getParentRoute: () => root,
  path: "/media/$id",
  validateSearch: (search: Record<string, unknown>): MediaSearch =>
    given({
      t: Number.isFinite(Number(search.t ?? NaN)) ? Number(search.t) : undefined,
      run: text(search.run),
    }) as MediaSearch,
  component: page(() => import("@/features/media/MediaPage"), "MediaPage"),
});

const runs = createRoute({
  getParentRoute: () => root,
  path: "/runs",
  validateSearch: (search: Record<string, unknown>): RunsSearch =>
    given({ state: texts(search.state), media: text(search.media) }) as RunsSearch,
  component: page(() => import("@/features/runs/RunsPage"), "RunsPage"),
});

const run = createRoute({
  getParentRoute: () => root,
  path: "/runs/$run",
  component: page(() => import("@/features/runs/RunPage"), "RunPage"),
});

const compare = createRoute({
  getParentRoute: () => root,
  path: "/compare",
  validateSearch: (search: Record<string, unknown>): CompareSearch =>
    given({ media: text(search.media), a: text(search.a), b: text(search.b) }) as CompareSearch,
  component: page(() => import("@/features/compare/ComparePage"), "ComparePage"),
});

const endpoints = createRoute({
  getParentRoute: () => root,
  path: "/endpoints",
  component: page(() => import("@/features/endpoints/EndpointsPage"), "EndpointsPage"),
});

const system = createRoute({
  getParentRoute: () => root,
  path: "/system",
  component: page(() => import("@/features/system/SystemPage"), "SystemPage"),
});

const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  component: page(() => import("@/features/settings/SettingsPage"), "SettingsPage"),
});

const tagSets = createRoute({
  getParentRoute: () => root,
  path: "/tag-sets",
  component: page(() => import("@/features/tagsets/TagSetsPage"), "TagSetsPage"),
});

const welcome = createRoute({
  getParentRoute: () => root,
  path: "/welcome",
  component: page(() => import("@/features/welcome/WelcomePage"), "WelcomePage"),
});

/** One goes to another page, and does not only change what this one shows. */
let moved = false;

export const router = createRouter({
  routeTree: root.addChildren([
    library,
    media,
    runs,
    run,
    compare,
    endpoints,
    system,
    settings,
    tagSets,
    welcome,
  ]),
  defaultPreload: "intent",
  defaultErrorComponent: PageFailed,
  scrollRestoration: true,
  // Another page, or another list, begins at its top; the way back leads to where one was.
  scrollToTopSelectors: [() => (moved ? document.getElementById("content") : null), "#shelf"],
});

router.subscribe("onBeforeLoad", ({ pathChanged }) => {
  moved = pathChanged;
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
